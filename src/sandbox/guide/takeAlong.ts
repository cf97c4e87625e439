import { ocp } from './linnet';
import type { AfterSave } from './section';

export async function takeAlong({ ckptDir, name, show }: AfterSave) {
  // Names, shapes and dtypes: no array is read.
  const { leaves } = await new ocp.StandardCheckpointer().metadata(ckptDir.join(name));
  for (const leaf of leaves) await show(leaf.name, `${leaf.dtype}[${leaf.shape}]`);

  // A zip for Python: Orbax lays the arrays out over the devices that are there.
  const zip: BlobPart[] = [];
  for await (const part of ocp.exportZip(ckptDir.join(name))) zip.push(part.slice());
  await show(`${name}.zip`, new Blob(zip, { type: 'application/zip' }));
}
