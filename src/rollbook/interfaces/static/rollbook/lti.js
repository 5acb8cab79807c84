// Rollbook in an LMS's frame, where browsers may keep no cookies: the LMS keeps a value for us instead
// (1EdTech LTI Client Side postMessages and LTI Platform Storage 1.0).
(() => {
  const page = document.getElementById("lti");
  const { frame, origin, key } = page.dataset;
  const WAIT = 1000;

  const platform = () => {
    const outer = window.parent === window ? window.opener : window.parent;
    if (!frame || !outer) return null;
    try {
      return frame === "_parent" ? outer : outer.frames[frame];
    } catch {
      return null; // a page of another site has no frame of that name
    }
  };

  const ask = (subject, values) =>
    new Promise((resolve, reject) => {
      const target = platform();
      if (!target) {
        reject(new Error("The LMS offers no storage."));
        return;
      }
      const id = crypto.randomUUID();
      const answered = (event) => {
        const answer = event.data;
        if (event.origin !== origin || typeof answer !== "object" || answer === null) return;
        if (answer.message_id !== id || answer.subject !== `${subject}.response`) return;
        removeEventListener("message", answered);
        if (answer.error) reject(new Error(answer.error.message));
        else resolve(answer.value);
      };
      addEventListener("message", answered);
      setTimeout(() => reject(new Error("The LMS did not answer.")), WAIT);
      target.postMessage({ subject, message_id: id, key, ...values }, origin);
    });

  // On the way out: go on if the LMS or the browser has kept our value, else offer a window of our own.
  const leave = (stored) => {
    const { next, probe } = page.dataset;
    const kept = document.cookie.split("; ").some((cookie) => cookie.startsWith(`${probe}=`));
    if (stored || kept) {
      location.replace(next);
      return;
    }
    document.getElementById("lti-waiting").hidden = true;
    document.getElementById("lti-new-window").hidden = false;
  };

  // On the way back: send everything again, now with what the LMS kept (nothing, if it kept nothing).
  const arrive = (value) => {
    page.elements.binding.value = typeof value === "string" ? value : "";
    page.submit();
  };

  if (page.dataset.next) {
    ask("lti.put_data", { value: page.dataset.value }).then(
      () => leave(true),
      () => leave(false),
    );
  } else {
    ask("lti.get_data", {}).then(arrive, () => arrive(""));
  }
})();
