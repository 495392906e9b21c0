// Sends files one after the other, each as the body of one request, straight from the disk: neither the
// browser nor the server ever holds a whole video. Python is told once all of a choice are done.

const queues = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const find = (name) => parentElement.querySelector(name);
  const label = find("label");
  find(".verb").textContent = data.verb;
  find(".hint").textContent = data.hint;

  let queue = queues.get(parentElement);
  if (!queue) {
    queue = { waiting: [], done: [], isBusy: false };
    queues.set(parentElement, queue);
  }
  queue.data = data;
  queue.tell = (files) => setTriggerValue("uploaded", files);

  const add = (files) => {
    for (const file of files) queue.waiting.push({ file, row: addRow(find(".list"), file.name) });
    work(queue);
  };
  find("input").onchange = (event) => {
    add(event.target.files);
    event.target.value = "";
  };
  label.ondragover = (event) => {
    event.preventDefault();
    label.classList.add("over");
  };
  label.ondragleave = () => label.classList.remove("over");
  label.ondrop = (event) => {
    event.preventDefault();
    label.classList.remove("over");
    add(event.dataTransfer.files);
  };
}

async function work(queue) {
  if (queue.isBusy) return;
  queue.isBusy = true;
  window.addEventListener("beforeunload", stay);
  while (queue.waiting.length) {
    const { file, row } = queue.waiting.shift();
    const answer = await send(file, row, queue.data);
    if (answer) queue.done.push(answer);
  }
  window.removeEventListener("beforeunload", stay);
  queue.isBusy = false;
  if (queue.done.length) queue.tell(queue.done.splice(0));
}

function send(file, row, data) {
  if (file.size > data.limit_bytes) {
    fail(row, `${file.name} is ${size(file.size)}; ${size(data.limit_bytes)} is the most that can be uploaded.`);
    return Promise.resolve(null);
  }
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const query = new URLSearchParams({ name: file.name, ...(data.project && { project: data.project }) });
    request.open("POST", `${data.url}?${query}`);
    request.responseType = "json";
    request.upload.onprogress = (event) => show(row, event.loaded / file.size, `${size(event.loaded)} of ${size(file.size)}`);
    request.onload = () => {
      if (request.status === 201) {
        show(row, 1, request.response.known_as ? "already in the library" : "uploaded");
        resolve(request.response);
      } else {
        fail(row, request.response?.error ?? `${file.name} was refused (${request.status}); try again.`);
        resolve(null);
      }
    };
    request.onerror = () => {
      fail(row, `${file.name} did not arrive: the connection was lost. Choose it again.`);
      resolve(null);
    };
    request.send(file);
  });
}

function addRow(list, name) {
  const row = document.createElement("li");
  row.innerHTML = '<span class="name"></span><span class="state">waiting</span><span class="bar"><i></i></span>';
  row.querySelector(".name").textContent = name;
  list.append(row);
  return row;
}

function show(row, share, state) {
  row.querySelector("i").style.width = `${Math.min(100, 100 * share)}%`;
  row.querySelector(".state").textContent = state;
}

function fail(row, sentence) {
  row.className = "failed";
  row.querySelector(".state").textContent = sentence;
}

function size(bytes) {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(0.1, bytes / 1e6).toFixed(1)} MB`;
}

function stay(event) {
  event.preventDefault();
}
