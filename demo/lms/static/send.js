"use strict";
document.getElementById("launch").submit();
