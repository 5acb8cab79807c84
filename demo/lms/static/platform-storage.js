// Keeps small data for the tool in the frame, which cannot keep cookies where the browser blocks them.
// Source: 1EdTech "LTI Platform Storage" and "LTI Client Side postMessages".
"use strict";
(() => {
  const frame = document.querySelector("iframe[name=tool]");
  const toolOrigin = new URL(frame.dataset.tool).origin;
  const kept = new Map();
  const MOST_KEYS = 500;
  const LONGEST = 4096;

  const refuse = (code, message) => ({ error: { code, message } });

  const answers = {
    "lti.capabilities": () => ({
      supported_messages: Object.keys(answers).map((subject) => ({ subject })),
    }),
    "lti.put_data": ({ key, value }) => {
      if (typeof key !== "string" || key === "") return refuse("bad_request", "A key is needed.");
      if (value === undefined || value === null) {
        kept.delete(key);
        return { key };
      }
      if (typeof value !== "string" || key.length + value.length > LONGEST) {
        return { key, ...refuse("bad_request", `The value is no text, or longer than ${LONGEST} characters.`) };
      }
      if (!kept.has(key) && kept.size >= MOST_KEYS) {
        return { key, ...refuse("storage_exhaustion", `There are ${MOST_KEYS} keys already.`) };
      }
      kept.set(key, value);
      return { key, value };
    },
    "lti.get_data": ({ key }) => {
      if (typeof key !== "string" || key === "") return refuse("bad_request", "A key is needed.");
      return { key, value: kept.get(key) };
    },
  };

  window.addEventListener("message", (event) => {
    const asked = event.data;
    if (event.source !== frame.contentWindow || typeof asked !== "object" || asked === null) return;
    // Other origins, this LMS's own pages among them, pass through the frame during a launch.
    if (event.origin !== toolOrigin || typeof asked.subject !== "string") return;
    const answer = Object.hasOwn(answers, asked.subject)
      ? answers[asked.subject](asked)
      : asked.subject.startsWith("lti.") && refuse("unsupported_subject", `${asked.subject} is not known here.`);
    if (!answer) return;
    event.source.postMessage(
      { subject: `${asked.subject}.response`, message_id: asked.message_id, ...answer },
      event.origin,
    );
  });
})();
