/** The results as a page: counts by file, and each survivor with the reason why it is equivalent, by "code: from -> to". */
export function reportOf(results, known) {
  const survivors = results.filter(({ survives }) => survives);
  const reasonOf = ({ file, code, from, to }) => known[`${file}: ${code}: ${from} -> ${to}`];
  const unexplained = survivors.filter((survivor) => reasonOf(survivor) === undefined);
  const summary = `${results.length} changes, ${results.length - survivors.length} noticed, ${survivors.length} survive, ${unexplained.length} of them without a reason`;
  const cell = (text) => `\`${text.replaceAll('|', '\\|')}\``;
  const files = [...new Set(results.map(({ file }) => file))].map((file) => {
    const own = results.filter((result) => result.file === file);
    return `| ${file} | ${own.length} | ${own.filter(({ survives }) => survives).length} |`;
  });
  const rows = survivors.map((survivor) => {
    const { file, code, from, to } = survivor;
    return `| ${file} | ${cell(code)} | ${cell(from)} -> ${cell(to)} | ${reasonOf(survivor) ?? '**not explained**'} |`;
  });
  const text = [
    '# Mutation tests',
    '',
    '<!-- Written by scripts/mutate/mutate.mjs. -->',
    '',
    `One comparison, constant or operator is changed at a time; the tests must notice. ${summary}.`,
    '',
    '| file | changes | survive |',
    '| --- | --- | --- |',
    ...files,
    '',
    '| file | code | change | why it is equivalent |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  return { text, summary, unexplained: unexplained.length };
}
