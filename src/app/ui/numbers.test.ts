import { expect, test } from 'vitest';
import { bytesText, countText, featureText, lossText, numberText, percentText, stepText } from './numbers';

test('numbers read as the page writes them', () => {
  expect([stepText(1940), countText(1, 'row'), countText(2000, 'row')]).toEqual(['1,940', '1\u00a0row', '2,000\u00a0rows']);
  expect([numberText(null), numberText(Number.NaN), numberText(-Infinity), numberText(-2.396, 3)]).toEqual(['–', 'NaN', '−∞', '−2.396']);
  expect([lossText(0.0106), lossText(0), lossText(12.3456), lossText(4.1e8), lossText(1e-7)]).toEqual([
    '0.0106',
    '0.0000',
    '12.346',
    '4.1e8',
    '1e−7',
  ]);
  expect([percentText(1), percentText(0.975), percentText(null)]).toEqual(['100.0\u00a0%', '97.5\u00a0%', '–']);
  expect([bytesText(12), bytesText(6200), bytesText(999_600), bytesText(3.14e6)]).toEqual([
    '12\u00a0B',
    '6.2\u00a0kB',
    '1.0\u00a0MB',
    '3.1\u00a0MB',
  ]);
  expect(['x1', 'x1^2', 'x1*x2', 'sin(x2)', 'petal width'].map(featureText)).toEqual(['x₁', 'x₁²', 'x₁x₂', 'sin x₂', 'petal width']);
});
