import { writeFileSync } from 'node:fs';
import { readJsonLines } from './support/json-lines.ts';
import { learnerFigure, learningCurves } from './support/locomotion-figures.ts';
import type { Stage } from './support/locomotion-stage.ts';
import { option } from './support/machine.ts';

// Pictures of the results of bench:locomotion for docs/learning.md: learning curves beside published returns, and the learner's numbers over
// training. --data FILES (JSON lines, or folders of them, separated by commas) --label default --curves FILE.svg --learner FILE.svg
const label = option('label', 'default');
const lines = option('data', 'bench/results/locomotion.jsonl').split(',').flatMap(readJsonLines);
const stages = (lines as Stage[]).filter((stage) => stage.label === label);
if (stages.length === 0) throw new Error(`no result of bench:locomotion with label ${label} in --data`);
writeFileSync(option('curves', 'docs/learning-curves.svg'), learningCurves(stages));
writeFileSync(option('learner', 'docs/learner-numbers.svg'), learnerFigure(stages));
