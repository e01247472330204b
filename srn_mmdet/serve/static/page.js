// The page: one request a picture; everything after it is drawn from the answer.
import { drawAnchors, drawFaces, drawHeat, describe } from './drawing.js';

const $ = (id) => document.getElementById(id);
const MAX_TRIES = 20;
let info = null;
let shown = null; // {file, answer, kept: set of faces that are not to be hidden}
let latest = 0; // a picture that is dropped while another is looked at wins

const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
const threshold = () => Number($('threshold').value);
const view = () => document.querySelector('input[name=view]:checked').value;
const visible = () => shown.answer.faces.filter((face) => face.score > threshold());

async function post(path, fields, mine) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    // no file name: where a picture lay is nobody's business
    if (value instanceof Blob) body.append(name, value, 'picture');
    else body.append(name, value);
  }
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(path, { method: 'POST', body });
    if (response.ok) return response;
    const { error } = await response.json().catch(() => ({ error: response.statusText }));
    if (response.status !== 503 || tries === MAX_TRIES) throw new Error(error);
    $('status').textContent = `The server is busy; trying again (${tries}).`;
    const seconds = Number(response.headers.get('Retry-After') || 2);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    if (mine !== undefined && mine !== latest) throw new DOMException('', 'AbortError');
  }
}

async function look(file) {
  const mine = (latest += 1);
  $('error').textContent = '';
  $('status').textContent = 'Looking for faces…';
  try {
    if (!info) info = await (await fetch('api/info')).json();
    if (file.size > info.max_bytes - 2000) {
      throw new Error(`The file is too large: at most ${info.max_bytes / 1e6} MB`);
    }
    const answer = await (await post('api/steps', { picture: file }, mine)).json();
    if (mine !== latest) return;
    await show(file, answer);
  } catch (error) {
    if (mine !== latest || error.name === 'AbortError') return;
    $('status').textContent = '';
    $('error').textContent =
      error instanceof TypeError ? 'The server does not answer.' : error.message;
  }
}

async function show(file, answer) {
  if (shown) URL.revokeObjectURL($('picture').src);
  shown = { file, answer, kept: new Set() };
  $('picture').src = URL.createObjectURL(file);
  const drawn = await $('picture').decode().then(() => true, () => false);
  if (!drawn) {
    $('picture').removeAttribute('src');
    $('error').textContent = 'This browser cannot show this kind of picture.';
  } else if (answer.note) {
    $('error').textContent = answer.note;
  }
  $('picture').style.aspectRatio = `${answer.width} / ${answer.height}`;
  $('overlay').setAttribute('viewBox', `0 0 ${answer.width} ${answer.height}`);
  $('threshold').min = info.score_thr;
  if (!$('threshold').dataset.set) {
    $('threshold').value = 0.5;
    $('threshold').dataset.set = 'yes';
  }
  for (const kind of ['stc', 'str']) {
    document.querySelector(`input[name=view][value=${kind}]`).disabled =
      answer[kind].length === 0;
  }
  if (view() !== 'faces' && answer[view()].length === 0) {
    document.querySelector('input[name=view][value=faces]').checked = true;
  }
  $('result').hidden = false;
  offerLevels();
  draw();
}

function offerLevels() {
  const kind = view();
  $('levels').hidden = kind === 'faces';
  if (kind === 'faces') return;
  $('level-choices').replaceChildren(
    ...shown.answer[kind].map(({ stride }, i) => {
      const label = document.createElement('label');
      const input = document.createElement('input');
      Object.assign(input, { type: 'radio', name: 'level', value: i, checked: i === 0 });
      label.append(input, ` stride ${stride}`);
      return label;
    }),
  );
}

function level() {
  const chosen = document.querySelector('input[name=level]:checked');
  return shown.answer[view()][chosen ? Number(chosen.value) : 0];
}

function draw() {
  const faces = visible();
  $('threshold-value').textContent = threshold().toFixed(2);
  $('threshold').setAttribute('aria-valuetext', `score ${threshold().toFixed(2)}`);
  $('overlay').replaceChildren();
  $('heat').hidden = view() !== 'stc';
  const size = `${shown.answer.width} by ${shown.answer.height} pixels`;
  if (view() === 'faces') {
    drawFaces($('overlay'), faces, shown);
    $('caption').textContent = '';
  } else if (view() === 'stc') {
    drawHeat($('heat'), level(), shown.answer);
    drawFaces($('overlay'), faces, shown);
    $('caption').textContent = describe.stc(level());
  } else {
    drawAnchors($('overlay'), level(), shown.answer.faces, faces);
    $('caption').textContent = describe.str(level(), shown.answer.faces, faces);
  }
  const found = count(faces.length, 'face', 'faces');
  $('picture').alt = `Your picture, ${size}, ${found} framed`;
  $('status').textContent = `${found} with a score of at least ${threshold().toFixed(2)}`;
  $('anonymise').disabled = faces.length === 0;
  listFaces(faces);
}

function listFaces(faces) {
  const focused = document.activeElement?.dataset?.face;
  $('list').replaceChildren(
    ...faces.map((face, i) => {
      const [x1, y1, x2, y2] = face.box.map(Math.round);
      const item = document.createElement('li');
      const label = document.createElement('label');
      const box = document.createElement('input');
      Object.assign(box, { type: 'checkbox', checked: !shown.kept.has(face) });
      box.dataset.face = i;
      box.addEventListener('change', () => {
        if (box.checked) shown.kept.delete(face);
        else shown.kept.add(face);
        draw();
      });
      const text = document.createElement('span');
      text.textContent =
        `Face ${i + 1}: score ${face.score.toFixed(2)}, ${x2 - x1} × ${y2 - y1} pixels ` +
        `at ${x1}, ${y1}`;
      label.append(box, text);
      item.append(label);
      return item;
    }),
  );
  if (focused !== undefined) $('list').querySelector(`[data-face="${focused}"]`)?.focus();
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function anonymise() {
  const boxes = visible().filter((face) => !shown.kept.has(face)).map((face) => face.box);
  $('anonymise').disabled = true;
  $('error').textContent = '';
  try {
    const response = await post('api/anonymise', {
      picture: shown.file,
      boxes: JSON.stringify(boxes),
      style: $('style').value,
    });
    const blob = await response.blob();
    const ending = blob.type === 'image/jpeg' ? 'jpg' : 'png';
    save(blob, `without-faces.${ending}`);
    $('status').textContent = `Downloaded, with ${count(boxes.length, 'face', 'faces')} hidden`;
  } catch (error) {
    $('error').textContent = error.message;
  }
  $('anonymise').disabled = false;
}

function saveJson() {
  const { width, height } = shown.answer;
  const text = JSON.stringify({ width, height, faces: visible() }, null, 1);
  save(new Blob([text], { type: 'application/json' }), 'faces.json');
}

const firstPicture = (files) =>
  [...files].find((file) => file.type.startsWith('image/')) ?? files[0];

$('file').addEventListener('change', () => {
  if ($('file').files.length) look($('file').files[0]);
});
for (const kind of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    $('drop').classList.toggle('over', kind === 'dragover');
    if (kind === 'drop' && event.dataTransfer.files.length) {
      look(firstPicture(event.dataTransfer.files));
    }
  });
}
document.addEventListener('paste', (event) => {
  const files = event.clipboardData?.files ?? [];
  if (files.length) look(firstPicture(files));
});
$('threshold').addEventListener('input', draw);
$('views').addEventListener('change', () => {
  offerLevels();
  draw();
});
$('levels').addEventListener('change', draw);
$('anonymise').addEventListener('click', anonymise);
$('json').addEventListener('click', saveJson);
fetch('api/info')
  .then((response) => response.json())
  .then((got) => {
    info = got;
    $('version').textContent = `srn_mmdet ${info.version}`;
  })
  .catch(() => {});
