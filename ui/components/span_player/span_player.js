// Plays one span of a long video over and over. The browser asks for the ranges that it needs; the loop's
// ends are watched on every frame, where the browser tells them, so that the next shot never flashes up.

export default function (component) {
  const { data, parentElement } = component;
  const find = (name) => parentElement.querySelector(name);
  const video = find("video");
  const big = find(".big");
  const strip = find(".strip");
  const note = find("figcaption");
  const first = data.frames[0];

  let slides = 0;
  const showFrames = () => {
    video.hidden = true;
    big.hidden = false;
    big.src = first.url;
    big.alt = data.label;
    note.hidden = false;
    note.textContent = data.note;
    mark(first.at_s);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    let number = 0;
    const each_s = (data.end_s - data.start_s) / data.frames.length;
    slides = setInterval(() => {
      number = (number + 1) % data.frames.length;
      big.src = data.frames[number].url;
      mark(data.frames[number].at_s);
    }, 1000 * Math.min(1, Math.max(0.25, each_s)));
  };

  const frames = data.frames.map((frame, number) => {
    const button = document.createElement("button");
    const image = document.createElement("img");
    image.src = frame.url;
    image.alt = "";
    button.type = "button";
    button.setAttribute("aria-label", `Go to ${frame.at_s.toFixed(2)} seconds, frame ${number + 1}`);
    button.append(image);
    button.onclick = () => {
      if (big.hidden) video.currentTime = frame.at_s;
      else big.src = frame.url;
      clearInterval(slides);
      mark(frame.at_s);
    };
    return button;
  });
  strip.replaceChildren(...frames);
  const mark = (time) => {
    let now = 0;
    data.frames.forEach((frame, number) => {
      if (frame.at_s <= time + 0.02) now = number;
    });
    frames.forEach((button, number) => button.classList.toggle("now", number === now));
  };

  big.hidden = true;
  big.removeAttribute("src");
  note.hidden = true;
  if (!data.video) {
    video.removeAttribute("src");
    showFrames();
    return () => clearInterval(slides);
  }
  video.hidden = false;
  video.poster = first.url;
  video.setAttribute("aria-label", data.label);
  video.style.aspectRatio = String(data.aspect);

  const watch = () => {
    if (video.currentTime >= data.end_s - 0.02 || video.currentTime < data.start_s - 0.05) {
      video.currentTime = data.start_s;
    }
    mark(video.currentTime);
  };
  const isFrames = "requestVideoFrameCallback" in video;
  let handle = 0;
  const everyFrame = () => {
    watch();
    handle = video.requestVideoFrameCallback(everyFrame);
  };
  video.ontimeupdate = watch;
  video.onended = () => {
    video.currentTime = data.start_s;
    video.play().catch(() => {});
  };
  video.onerror = showFrames;
  video.onloadedmetadata = () => {
    video.currentTime = data.start_s;
    video.play().catch(() => {}); // a browser may want a click first
  };
  const span = `${data.video} ${data.start_s} ${data.end_s}`;
  const isNew = video.dataset.span !== span; // a rerun of the page must not begin the loop again
  video.dataset.span = span;
  if (video.src !== data.video || video.error) video.src = data.video;
  else if (isNew && video.readyState >= 1) video.onloadedmetadata();
  if (isFrames) handle = video.requestVideoFrameCallback(everyFrame);

  return () => {
    clearInterval(slides);
    if (isFrames) video.cancelVideoFrameCallback(handle);
    video.pause();
  };
}
