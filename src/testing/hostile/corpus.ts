import { arrayFileCases } from './arrayFileCases';
import type { HostileCase } from './case';
import { ocdbtCases } from './ocdbtCases';
import { zarrCases } from './zarrCases';
import { zipCases } from './zipCases';

export type { HostileCase, HostileParser } from './case';

/** Every hostile file, one idea each, with the kind of error that reading it must end with. */
export const HOSTILE_CORPUS: readonly HostileCase[] = [...zipCases, ...ocdbtCases, ...zarrCases, ...arrayFileCases];
