// Everything here is comfort: each page works without it.
(() => {
  // The exact time in the reader's own time zone; the server only knows UTC.
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  const localTimes = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const moment = new Date(time.dateTime);
      if (!Number.isNaN(moment.getTime())) time.title = exact.format(moment);
    }
  };

  // Sent once, whatever the finger does.
  const sendOnce = (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    form.setAttribute("aria-busy", "true");
  };
  // A page that comes back with the Back button may be sent again.
  const forget = () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
  };

  // Filters that apply as soon as they are chosen; without this there is a button.
  const submitOnChange = (event) => {
    if (event.target.matches("form[data-submit-on-change] select, form[data-submit-on-change] [type=checkbox]")) {
      event.target.form.requestSubmit();
    }
  };

  // What was read is put away; without this it is gone with the next page.
  const dismiss = (event) => {
    if (!event.target.closest("[data-dismiss]")) return;
    event.target.closest("aside").remove();
    document.getElementById("main").focus();
  };

  localTimes(document);
  document.addEventListener("htmx:load", (event) => localTimes(event.target));
  document.addEventListener("submit", sendOnce);
  document.addEventListener("change", submitOnChange);
  document.addEventListener("click", dismiss);
  addEventListener("pageshow", forget);
})();
