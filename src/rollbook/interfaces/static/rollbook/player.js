// Keeps the place in a video: saved every few seconds and when the page is left, and sent later where it could not be,
// also from another page if this one was closed meanwhile.
(() => {
  const player = document.querySelector("[data-player]");
  const video = player.querySelector("video");
  const { resets, bookmarkHref, watchedHref, token } = player.dataset;
  const state = player.querySelector("[data-state]");
  const stopped = player.querySelector("[data-stopped]");
  // Below the five seconds that may be lost, with time for the answer.
  const EVERY = 4000;
  const RETRY = 3000;
  let kept = Number(player.dataset.place);
  // What may be kept by now: that, and what was sent and not answered.
  let sent = [kept];
  let watched = Boolean(player.dataset.watched);
  // Where the video ended, until that is kept.
  let ended = null;
  let busy = false;
  let over = false;
  let timer = 0;

  const place = () => Math.floor(video.currentTime);
  // Beside it stands what may be kept by then: where something else is, the learner went on elsewhere.
  const UNSAVED = `place ${bookmarkHref} ${resets}`;
  // Browsers that keep nothing for a page in a frame refuse this.
  const stored = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  const remember = () => stored((storage) => storage.setItem(UNSAVED, [place(), ...sent].join(" ")));
  const forget = () => stored((storage) => storage.removeItem(UNSAVED));
  const remembered = () => {
    const [unsaved, ...known] = (stored((storage) => storage.getItem(UNSAVED)) ?? "").split(" ").map(Number);
    if (known.includes(kept)) return unsaved;
    forget();
    return undefined;
  };

  const body = (values) => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ resets, csrfmiddlewaretoken: token, ...values })) form.set(name, value);
    return form;
  };
  const say = (text) => {
    if (state.textContent !== text) state.textContent = text;
  };

  // Nothing more is kept from this page: the chapter was set back, or is closed.
  const stop = (reason, mayStart) => {
    over = true;
    forget();
    clearTimeout(timer);
    video.pause();
    say("");
    stopped.querySelector("[data-reason]").textContent = reason;
    stopped.querySelector("[data-start]").hidden = !mayStart;
    stopped.hidden = false;
  };

  const later = (seconds) => {
    clearTimeout(timer);
    timer = setTimeout(save, seconds * 1000 || RETRY);
  };

  const answered = async (answer, seconds) => {
    if (answer.ok) {
      kept = seconds;
      sent = [kept];
      forget();
      say("Your place is saved.");
      return true;
    }
    const told = await answer.json().catch(() => ({}));
    const message = told.message || "Your place could not be saved. Load this page again.";
    if (answer.status === 503 || answer.status === 401 || answer.status >= 500) {
      remember();
      say(message);
      later(Number(answer.headers.get("Retry-After")));
    } else {
      stop(message, answer.status === 409);
    }
    return false;
  };

  // One message at a time, so that an older place never arrives after a newer one.
  const save = async () => {
    if (over || busy) return;
    const seconds = place();
    if (!ended && (watched || seconds === kept)) return;
    busy = true;
    clearTimeout(timer);
    let done = false;
    try {
      if (ended) {
        const answer = await fetch(watchedHref, { method: "POST", body: body(ended) });
        if (await answered(answer, seconds)) {
          over = true;
          const { next } = await answer.json();
          location.assign(next);
          // To the quiz of this very page the browser would only scroll.
          if (next.split("#")[0] === location.pathname) location.reload();
        }
      } else {
        if (!sent.includes(seconds)) sent.push(seconds);
        done = await answered(await fetch(bookmarkHref, { method: "POST", body: body({ seconds }), keepalive: true }), seconds);
      }
    } catch {
      remember();
      say("There is no connection. Your place is kept here, and saved when it is back.");
      later();
    } finally {
      busy = false;
    }
    // It was stopped, or came to its end, while an earlier place was on its way.
    if (done && video.paused) save();
  };

  // The page may be gone before an answer comes.
  const leave = () => {
    if (over || watched || ended || place() === kept) return;
    if (!navigator.onLine) remember();
    if (navigator.sendBeacon(bookmarkHref, body({ seconds: place() })) && navigator.onLine) sent = [kept = place()];
  };

  const from = remembered() ?? kept;
  const resume = () => {
    if (from && from < video.duration) video.currentTime = from;
  };
  if (video.readyState >= 1) resume();
  else video.addEventListener("loadedmetadata", resume, { once: true });

  setInterval(() => {
    if (!video.paused) save();
  }, EVERY);
  for (const moment of ["pause", "seeked"]) {
    video.addEventListener(moment, () => {
      if (!video.ended) save();
    });
  }
  video.addEventListener("ended", () => {
    if (watched) return;
    ended = { seconds: Math.ceil(video.currentTime), duration: Math.floor(video.duration) };
    // Some recordings do not say how long they are.
    if (!Number.isFinite(video.duration)) ended.duration = ended.seconds;
    save();
  });
  video.addEventListener("error", () => say("The video could not be loaded. Check the connection, or ask your administrator."));
  addEventListener("online", save);
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
})();
