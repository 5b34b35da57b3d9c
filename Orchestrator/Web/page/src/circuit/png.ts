import { paintAll } from './canvas';
import type { Scene } from './scene';
import type { Theme } from './theme';

/** Longest side of an image, in pixels, that browsers draw. */
const longest = 8192;

/** The whole scene as an image, in two pixels for one where it is not too large for that. */
export function pngOf(scene: Scene, theme: Theme): Promise<Blob> {
  const { width, height } = scene.picture;
  const scale = Math.min(2, longest / width, longest / height);
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [Math.ceil(width * scale), Math.ceil(height * scale)];
  paintAll(canvas.getContext('2d')!, scene, theme, scale);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('the browser could not make the image'));
    }, 'image/png'),
  );
}
