import { describe, expect, it } from 'vitest';
import { Density, type Segments } from './density';

const area = { x: 0, y: 0, width: 60, height: 50 };
const black = [
  [0, 0, 0],
  [255, 0, 0],
  [0, 0, 255],
] as const;

const segments = (...lines: [number, number, number, number, number, number, number][]): Segments => ({
  numbers: Float32Array.from(lines.flatMap((line) => line.slice(0, 6))),
  colours: Uint8Array.from(lines.map((line) => line[6])),
});

const opacitiesOf = (density: Density): number[] => [...density.pixels(black)].filter((_, i) => i % 4 === 3).map((byte) => byte / 255);

/** How much of the image is covered, in pixels. */
const covered = (density: Density): number => opacitiesOf(density).reduce((sum, opacity) => sum + opacity, 0);

describe('lines summed up', () => {
  it('cover length times width, in every direction', () => {
    for (const [x1, y1] of [
      [50, 10],
      [10, 40],
      [50, 12],
      [12, 40],
      [45, 45],
      [5, 45],
    ] as const) {
      const density = new Density();
      density.clear(area);
      density.add(segments([30, 25, x1, y1, 3, 0.3, 0]), 1, 0, 0);
      const ink = opacitiesOf(density).reduce((sum, opacity) => sum - Math.log(1 - opacity), 0) / -Math.log(0.7);
      expect(Math.abs(ink / (3 * Math.hypot(x1 - 30, y1 - 25)) - 1)).toBeLessThan(0.03);
    }
  });

  it('thinner than a pixel are as faint as they are thin', () => {
    const at = (width: number): number => {
      const density = new Density();
      density.clear(area);
      density.add(segments([5, 20.5, 55, 20.5, width, 0.9, 0]), 1, 0, 0);
      return density.pixels(black)[4 * (20 * area.width + 30) + 3]! / 255;
    };
    expect(at(1)).toBeCloseTo(0.9, 2);
    expect(at(0.25)).toBeCloseTo(1 - 0.1 ** 0.25, 2);
  });

  it('over each other let through what each lets through, multiplied', () => {
    const density = new Density();
    density.clear(area);
    density.add(segments([0, 10.5, 60, 10.5, 1, 0.5, 1], [30.5, 0, 30.5, 50, 1, 0.5, 2]), 1, 0, 0);
    const pixels = density.pixels(black);
    const at = (x: number, y: number): number[] => [...pixels.slice(4 * (y * area.width + x), 4 * (y * area.width + x) + 4)];
    expect(at(10, 10)).toEqual([255, 0, 0, 127]);
    expect(at(30, 30)).toEqual([0, 0, 255, 127]);
    expect(at(30, 10)[3]).toBeGreaterThan(189);
    expect(at(30, 10)[0]).toBe(at(30, 10)[2]);
    expect(at(10, 30)).toEqual([0, 0, 0, 0]);
  });

  it('beyond the area leave it as it is, and are drawn where they enter it', () => {
    const density = new Density();
    density.clear(area);
    density.add(segments([-100, -20, 200, -20, 5, 0.5, 0], [-50, 80, -20, -80, 2, 0.5, 0]), 1, 0, 0);
    expect(covered(density)).toBe(0);
    density.add(segments([-1000, 25.5, 1000, 25.5, 1, 0.5, 0]), 1, 0, 0);
    expect(covered(density)).toBeCloseTo(area.width / 2, 0);
  });

  it('are seen at a scale, in the part of the canvas that is asked for', () => {
    const density = new Density();
    density.clear({ x: 100, y: 200, width: 20, height: 20 });
    density.add(segments([0, 0, 10, 0, 1, 0.5, 0]), 2, 100, 210);
    expect(covered(density)).toBeCloseTo(20, 0);
  });
});
