/** A part of a canvas, in its pixels. */
export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Lines as plain numbers, so that ten thousand of them are drawn in a few milliseconds. */
export interface Segments {
  /** x0, y0, x1, y1, width and opacity of each, in the picture's units. */
  numbers: Float32Array;
  /** Which colour each has. */
  colours: Uint8Array;
}

/** Numbers of a segment. */
export const perSegment = 6;
/** Colours that lie in one image. */
const inks = 3;
/** Opacities are looked up: of so many steps for each unit of depth, up to a depth that lets nothing through. */
const [steps, deepest] = [512, 12];
const opacities = Uint8Array.from({ length: steps * deepest + 1 }, (_, i) => Math.round(255 * (1 - Math.exp(-i / steps))));

/**
 * Sums lines up pixel by pixel: how deep the ink of each colour lies. A canvas that draws ten thousand lines one over the other takes
 * several times as long. Lines that lie over each other let through what each alone lets through, multiplied, as on a canvas; which lies
 * on top is not seen, which matters little where all are faint.
 */
export class Density {
  /** A depth for each pixel, row by row; all of one colour lie together, so that what a line goes through stays in the cache. */
  private depth = new Float32Array(0);
  private area: Area = { x: 0, y: 0, width: 0, height: 0 };

  /** Begins anew with no ink in an area. */
  clear(area: Area): void {
    const size = inks * area.width * area.height;
    if (this.depth.length < size) this.depth = new Float32Array(size);
    else this.depth.fill(0, 0, size);
    this.area = area;
  }

  /** Adds lines that are seen at a scale, moved by so much. */
  add({ numbers, colours }: Segments, scale: number, dx: number, dy: number): void {
    const { x, y } = this.area;
    for (let i = 0; i < colours.length; i++) {
      const at = i * perSegment;
      this.line(
        colours[i]!,
        numbers[at]! * scale + dx - x,
        numbers[at + 1]! * scale + dy - y,
        numbers[at + 2]! * scale + dx - x,
        numbers[at + 3]! * scale + dy - y,
        numbers[at + 4]! * scale,
        -Math.log(1 - numbers[at + 5]!),
      );
    }
  }

  /**
   * The pixels, four bytes each, not premultiplied.
   * @param colours red, green and blue of each colour, 0 to 255
   */
  pixels(colours: readonly (readonly [number, number, number])[]): Uint8ClampedArray<ArrayBuffer> {
    const size = this.area.width * this.area.height;
    const bytes = new Uint8ClampedArray(4 * size);
    // One number for a pixel, red first: browsers run on machines that have the lowest byte first.
    const words = new Uint32Array(bytes.buffer);
    const { depth } = this;
    const [[a0, a1, a2], [b0, b1, b2], [c0, c1, c2]] = [colours[0]!, colours[1]!, colours[2]!];
    for (let i = 0; i < size; i++) {
      const p = depth[i]!;
      const q = depth[i + size]!;
      const r = depth[i + 2 * size]!;
      const total = p + q + r;
      if (total === 0) continue;
      const part = 1 / total;
      const red = ((p * a0 + q * b0 + r * c0) * part + 0.5) | 0;
      const green = ((p * a1 + q * b1 + r * c1) * part + 0.5) | 0;
      const blue = ((p * a2 + q * b2 + r * c2) * part + 0.5) | 0;
      words[i] = red | (green << 8) | (blue << 16) | (opacities[total < deepest ? (total * steps) | 0 : steps * deepest]! << 24);
    }
    return bytes;
  }

  /**
   * Goes along the axis in which the line is longer; of each step it covers so much of the pixels across as its width has there. Plain
   * variables, since this runs a million times for a picture.
   */
  private line(colour: number, x0: number, y0: number, x1: number, y1: number, width: number, depth: number): void {
    const { area, depth: pixels } = this;
    const isSteep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
    const first = colour * area.width * area.height;
    const along = isSteep ? area.width : 1;
    const across = isSteep ? 1 : area.width;
    const mostU = isSteep ? area.height : area.width;
    const mostV = isSteep ? area.width : area.height;
    const isForward = isSteep ? y1 > y0 : x1 > x0;
    const u0 = isSteep ? (isForward ? y0 : y1) : isForward ? x0 : x1;
    const u1 = isSteep ? (isForward ? y1 : y0) : isForward ? x1 : x0;
    if (!(u1 > u0)) return;
    const v0 = isSteep ? (isForward ? x0 : x1) : isForward ? y0 : y1;
    const v1 = isSteep ? (isForward ? x1 : x0) : isForward ? y1 : y0;
    const slope = (v1 - v0) / (u1 - u0);
    const half = (width / 2) * Math.sqrt(1 + slope * slope);
    const isInside = u0 >= 0 && u1 <= mostU && Math.min(v0, v1) >= 1 && Math.max(v0, v1) < mostV - 2;
    if (half < 0.5 && isInside) {
      // Most are as thin: the two pixels whose centres are nearest share the ink (Wu's antialiasing).
      let u = u0 | 0;
      let at = v0 + slope * (u + 0.5 - u0) - 0.5;
      let ink = 2 * half * depth * (Math.min(u + 1, u1) - u0);
      for (;;) {
        const v = at | 0;
        const part = at - v;
        const pixel = first + u * along + v * across;
        pixels[pixel]! += ink * (1 - part);
        pixels[pixel + across]! += ink * part;
        if (++u >= u1) return;
        at += slope;
        ink = 2 * half * depth * (u + 1 > u1 ? u1 - u : 1);
      }
    }
    const last = Math.min(mostU, Math.ceil(u1));
    for (let u = u0 > 0 ? u0 | 0 : 0; u < last; u++) {
      const begin = u > u0 ? u : u0;
      const end = u + 1 < u1 ? u + 1 : u1;
      const middle = v0 + slope * ((begin + end) / 2 - u0);
      const low = middle - half;
      const high = middle + half;
      const ink = depth * (end - begin);
      for (let v = low > 0 ? low | 0 : 0; v < high && v < mostV; v++)
        pixels[first + u * along + v * across]! += ink * ((v + 1 < high ? v + 1 : high) - (v > low ? v : low));
    }
  }
}
