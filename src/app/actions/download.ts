/** Hands `blob` to the browser's downloads under `name`. */
export function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Puts `text` on the clipboard. */
export const copyText = (text: string): Promise<void> => navigator.clipboard.writeText(text);
