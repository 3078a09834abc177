/**
 * Words that docs/glossary.md replaces and that have no other meaning here: [words, what to use instead].
 * A name counts as its words: `waitForReturn` is "wait for return". Several spellings are separated by |.
 */
export const REFUSED_WORDS = [
  ['anew|begins again|begin again', 'restart, start over'],
  ['by itself|of itself|by themselves', 'unexpectedly, without a command'],
  ['dead man|deadman handle', 'command timeout (deadman)'],
  ['fresh from the box|from the box', 'new, factory settings'],
  ['for so long|so long as', 'timeout, duration'],
  ['goes on|go on|went on|going on', 'continues, resumes'],
  ['insist|insists|insisted|insisting', 'retry'],
  ['keeper|keepers', 'watchdog process'],
  ['knows no|know no', 'has no, does not know'],
  ['lets go|let go|letting go|lets it go', 'torque off, release'],
  ['limp', 'torque-off'],
  ['look again|looks again|looked again', 'reconnect, check again'],
  ['nobody|somebody|whoever|whomever', 'the operator, a user, no program'],
  ['patience', 'reply timeout, long timeout'],
  ['screwdriver', 'operator'],
  ['shall', 'must'],
  ['take up|takes up|taken up|took up', 'resume'],
  ['wait for return|waits for return', 'wait for reconnect'],
  ['workshop', 'commissioning'],
];

/** Stems of British spellings. */
export const BRITISH = [
  ['behaviour', 'behavior'],
  ['cancelled|cancelling', 'canceled'],
  ['centre|centred', 'center'],
  ['colour', 'color'],
  ['favour', 'favor'],
  ['initialis', 'initializ'],
  ['labelled', 'labeled'],
  ['learnt', 'learned'],
  ['metre|metres', 'meter'],
  ['modelled|modelling', 'modeled'],
  ['neighbour', 'neighbor'],
  ['normalis', 'normaliz'],
  ['optimis', 'optimiz'],
  ['quantis', 'quantiz'],
  ['recognis', 'recogniz'],
  ['regularis', 'regulariz'],
  ['synchronis', 'synchroniz'],
  ['towards', 'toward'],
  ['travelled', 'traveled'],
  ['unauthorised', 'unauthorized'],
];

/** Uses that are right where they are: the file, the word, and why. An entry that is no longer needed is an error. */
export const ALLOWED = [
  { file: 'test/unit/scripts/lint.test.ts', word: 'look again|looks again|looked again', why: 'input of the check' },
  { file: 'test/unit/scripts/lint.test.ts', word: 'patience', why: 'input of the check' },
  { file: 'test/unit/scripts/lint.test.ts', word: 'neighbour', why: 'input of the check' },
];
