// What lies over the picture: boxes as SVG, a level's scores as a canvas.

const SVG = 'http://www.w3.org/2000/svg';

function add(svg, kind, attributes) {
  const element = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  svg.append(element);
}

function addBox(svg, [x1, y1, x2, y2], name) {
  add(svg, 'rect', { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: name });
}

export function drawFaces(svg, faces, { kept }) {
  for (const face of faces) {
    addBox(svg, face.box, 'edge');
    addBox(svg, face.box, kept.has(face) ? 'face kept' : 'face');
  }
}

const places = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// dark to yellow, lighter from step to step also where colours cannot be told
function colour(score) {
  const t = Math.sqrt(score / 255);
  return [255 * Math.min(1, 1.6 * t), 255 * Math.max(0, 1.5 * t - 0.35), 90 * (1 - t)];
}

// Dropped places are veiled; what is left is coloured by its score.
export function drawHeat(canvas, level, { width, height }) {
  const scale = Math.min(1, 1600 / Math.max(width, height));
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const [rows, columns] = level.size;
  const scores = places(level.scores);
  const left = places(level.left);
  const map = new ImageData(columns, rows);
  for (let i = 0; i < scores.length; i += 1) {
    const pixel = left[i] ? [...colour(scores[i]), 235] : [10, 14, 30, 165];
    map.data.set(pixel, 4 * i);
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext('2d').putImageData(map, 0, 0);
  const context = canvas.getContext('2d');
  context.imageSmoothingEnabled = false;
  const [x, y] = level.cell;
  context.drawImage(small, 0, 0, columns * x * scale, rows * y * scale);
}

const onShown = (level, all, faces) => {
  const rows = new Set(faces.map((face) => all.indexOf(face)));
  return level.anchors.filter((anchor) => rows.has(anchor.face));
};

const centre = ([x1, y1, x2, y2]) => [(x1 + x2) / 2, (y1 + y2) / 2];

export function drawAnchors(svg, level, all, faces) {
  for (const face of faces) addBox(svg, face.box, 'face');
  for (const { before, after } of onShown(level, all, faces)) {
    addBox(svg, before, 'before');
    addBox(svg, after, 'after');
    const [[x1, y1], [x2, y2]] = [centre(before), centre(after)];
    add(svg, 'line', { x1, y1, x2, y2, class: 'way' });
  }
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

export const describe = {
  stc(level) {
    const [rows, columns] = level.size;
    const anchors = (rows * columns * level.anchors).toLocaleString('en');
    return (
      `Of ${anchors} anchors on stride ${level.stride}, the first step dropped ` +
      `${percent(level.dropped)} (dark). What is left is coloured by its score.`
    );
  },
  str(level, all, faces) {
    const anchors = onShown(level, all, faces);
    if (!anchors.length) return `No anchor of stride ${level.stride} lies on these faces.`;
    const before = mean(anchors.map((anchor) => anchor.iou_before));
    const after = mean(anchors.map((anchor) => anchor.iou_after));
    return (
      `The first step moved these ${anchors.length} anchors of stride ${level.stride} from ` +
      `where they were tiled (dotted yellow) to the faces (pink): their overlap went from ` +
      `${before.toFixed(2)} to ${after.toFixed(2)}.`
    );
  },
};
