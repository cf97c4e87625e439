import { run } from './run';

process.exitCode = await run(process.argv.slice(2), { print: (line) => console.log(line) }, { print: (line) => console.error(line) });
