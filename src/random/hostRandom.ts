/** Drawing on the host without arrays: for data sets and data order, where the numbers are needed at once. */
export { foldInWords, seedWords } from './host/bits';
export { normalFloats, uniformFloats } from './host/floats';
export { permutationIndices } from './host/integers';
