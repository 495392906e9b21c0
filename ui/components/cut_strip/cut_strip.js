// Draws cuts by their length. Python is told what was wanted, never what came out of it: it checks the
// change, makes it, and has the strip drawn anew.

const FRAME_S = 1 / 30;
const USUAL = "Drag a cut to another place, or the line between two cuts. With the keyboard: Shift and arrows.";

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const strip = parentElement.querySelector(".strip");
  const hint = parentElement.querySelector(".hint");
  const say = (text) => (hint.textContent = text ?? (data.can_edit ? USUAL : ""));
  const total = data.cuts.reduce((sum, cut) => sum + cut.duration_s, 0);
  let dragged = null;

  const reorder = (from, to) => {
    if (from === to || to < 0 || to >= data.cuts.length) return;
    const order = data.cuts.map((_, index) => index);
    order.splice(to, 0, ...order.splice(from, 1));
    setTriggerValue("order", order);
  };

  const draw = (cut, index) => {
    const box = document.createElement("div");
    box.className = `cut${data.can_edit ? " can-edit" : ""}`;
    box.style.setProperty("--length", cut.duration_s);
    box.style.backgroundImage = `url("${cut.picture}")`;
    box.tabIndex = index === data.selected ? 0 : -1;
    box.draggable = data.can_edit;
    box.title = cut.title;
    box.setAttribute("role", "option");
    box.setAttribute("aria-selected", String(index === data.selected));
    box.setAttribute("aria-label", `Cut ${index + 1}: ${cut.title}, ${cut.duration_s.toFixed(1)} seconds`);
    const length = document.createElement("span");
    length.className = "length";
    length.textContent = cut.duration_s.toFixed(1);
    box.append(length);
    box.onclick = () => setTriggerValue("selected", index);
    box.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      if (event.shiftKey && data.can_edit) reorder(index, index + step);
      else if (data.cuts[index + step]) setTriggerValue("selected", index + step);
    };
    if (data.can_edit) makeMovable(box, index);
    if (data.can_edit && index < data.cuts.length - 1) box.append(makeEdge(cut, index));
    return box;
  };

  const makeMovable = (box, index) => {
    box.ondragstart = (event) => {
      dragged = index;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", String(index));
      box.classList.add("dragged");
    };
    box.ondragend = () => {
      dragged = null;
      for (const each of strip.children) each.classList.remove("dragged", "before", "after");
    };
    box.ondragover = (event) => {
      if (dragged === null || dragged === index) return;
      event.preventDefault();
      box.classList.add(dragged > index ? "before" : "after");
    };
    box.ondragleave = () => box.classList.remove("before", "after");
    box.ondrop = (event) => {
      event.preventDefault();
      if (dragged !== null) reorder(dragged, index);
    };
  };

  const makeEdge = (cut, index) => {
    const edge = document.createElement("span");
    edge.className = "edge";
    edge.onclick = (event) => event.stopPropagation();
    edge.onpointerdown = (event) => {
      event.preventDefault();
      event.stopPropagation();
      edge.setPointerCapture(event.pointerId);
      edge.classList.add("moving");
      const box = edge.parentElement;
      const next = box.nextElementSibling;
      const seconds = total / strip.scrollWidth;
      const from = event.clientX;
      let by = 0;
      edge.onpointermove = (move) => {
        const wanted = (move.clientX - from) * seconds;
        by = Math.round(Math.min(cut.latest_s, Math.max(cut.earliest_s, wanted)) / FRAME_S) * FRAME_S;
        box.style.setProperty("--length", cut.duration_s + by);
        next.style.setProperty("--length", data.cuts[index + 1].duration_s - by);
        const side = by < 0 ? "earlier" : "later";
        say(`${Math.abs(by).toFixed(2)} s ${side}; the clip stays as long as it is.`);
      };
      edge.onpointerup = () => {
        edge.onpointermove = edge.onpointerup = null;
        edge.classList.remove("moving");
        say();
        if (by) setTriggerValue("boundary", { index, by_s: by });
      };
    };
    return edge;
  };

  strip.replaceChildren(...data.cuts.map(draw));
  say();
}
