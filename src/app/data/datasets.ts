import type { DatasetName } from '#linnet/core';

/** What the page says about a data set. */
export interface DatasetText {
  readonly name: DatasetName;
  readonly label: string;
  /** Generated sets have a size and noise to choose. */
  readonly generated: boolean;
  /** For real data: what it is and where it comes from. */
  readonly about?: string;
  /** How much there is of it. */
  readonly size?: string;
}

/** Sets with a picture of their own in the picker. */
export const PICTURED: readonly DatasetText[] = [
  { name: 'spiral', label: 'Spiral', generated: true },
  { name: 'moons', label: 'Moons', generated: true },
  { name: 'circles', label: 'Circles', generated: true },
  { name: 'xor', label: 'Xor', generated: true },
  { name: 'gauss', label: 'Gauss', generated: true },
  { name: 'plane', label: 'Plane', generated: true, about: 'Regression: a value that rises along one direction.' },
  { name: 'regress-gauss', label: 'Hills', generated: true, about: 'Regression: hills and hollows.' },
  {
    name: 'digits',
    label: 'Digits',
    generated: false,
    size: '1,797 images',
    about: '1,797 handwritten digits, 8 × 8 grey levels. E. Alpaydin and C. Kaynak, 1998, UCI, CC BY 4.0.',
  },
];

/** Sets of named measurements. */
export const TABLES: readonly DatasetText[] = [
  {
    name: 'iris',
    label: 'Iris',
    generated: false,
    size: '150 flowers',
    about: '150 flowers, 4 measurements, 3 species. R. A. Fisher, 1936, UCI, CC BY 4.0.',
  },
  {
    name: 'wine',
    label: 'Wine',
    generated: false,
    size: '178 wines',
    about: '178 wines, 13 analyses, 3 growers. S. Aeberhard and M. Forina, 1991, UCI, CC BY 4.0.',
  },
  {
    name: 'breast-cancer',
    label: 'Breast cancer',
    generated: false,
    size: '569 biopsies',
    about: '569 biopsies, 30 features, 2 diagnoses. W. Wolberg and others, 1995, UCI, CC BY 4.0.',
  },
  {
    name: 'diabetes',
    label: 'Diabetes',
    generated: false,
    size: '442 patients',
    about: '442 patients, 10 measurements, progress after a year. B. Efron and others, 2004.',
  },
];

const OWN: readonly DatasetText[] = [
  {
    name: 'csv',
    label: 'Your table',
    generated: false,
    about: 'Your own rows. They stay on this device and are not part of a shared link.',
  },
  {
    name: 'points',
    label: 'Your points',
    generated: false,
    about: 'Points you drew. They stay on this device and are not part of a shared link.',
  },
];

/** The words for `name`. */
export const datasetText = (name: DatasetName): DatasetText => [...PICTURED, ...TABLES, ...OWN].find((dataset) => dataset.name === name)!;
