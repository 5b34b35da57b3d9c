/** Lets the browser save data as a file. Nothing leaves the machine. */
export function save(data: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Saves text. */
export const saveText = (text: string, type: string, name: string): void => save(new Blob([text], { type }), name);

/** A name for a file of letters, digits, points and hyphens. */
export const fileName = (...parts: string[]): string => parts.join('-').replace(/[^A-Za-z0-9.-]+/g, '-');
