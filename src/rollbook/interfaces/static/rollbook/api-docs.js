// Draws the API's documentation from its OpenAPI document. A token that is entered stays in this page.
(() => {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark" ||
    (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark-mode", dark);
  const docs = document.getElementById("docs");
  SwaggerUIBundle({
    domNode: docs,
    url: docs.dataset.openapi,
    deepLinking: true,
    docExpansion: "none",
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
  });
})();
