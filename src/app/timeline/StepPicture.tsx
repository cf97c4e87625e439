import { useEffect, useRef } from 'react';
import { sandbox } from '../state/sandbox';
import { useView } from '../state/view';

/** The decision surface at a checkpoint, as small as a stamp: painted by the worker when it comes into sight; an empty frame when it is not known. */
export function StepPicture({ run, step }: { readonly run: string; readonly step: number }) {
  const ref = useRef<HTMLCanvasElement>(null);
  const theme = useView((state) => state.theme);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a theme changes the colours that the worker paints with
  useEffect(() => {
    const canvas = ref.current!;
    let live = true;
    const show = async () => {
      const picture = await sandbox()
        .thumbnail(run, step)
        .catch(() => null);
      if (!live) return;
      canvas.classList.toggle('unknown', picture === null);
      if (picture === null) return;
      canvas.width = picture.width;
      canvas.height = picture.height;
      canvas.getContext('bitmaprenderer')!.transferFromImageBitmap(picture);
    };
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      void show();
    });
    observer.observe(canvas);
    return () => {
      live = false;
      observer.disconnect();
    };
  }, [run, step, theme]);
  return <canvas ref={ref} className="step-picture" />;
}
