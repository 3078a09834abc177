/** The results: counts by file, and each survivor with the reason why it is equivalent; `known` has them by "file: code: from -> to". */
export function reportOf(results, known) {
  const survivors = results.filter(({ survives }) => survives);
  const reasonOf = ({ file, code, from, to }) => known[`${file}: ${code}: ${from} -> ${to}`] ?? null;
  const unexplained = survivors.filter((survivor) => reasonOf(survivor) === null).length;
  const files = [...new Set(results.map(({ file }) => file))].map((file) => {
    const own = results.filter((result) => result.file === file);
    return { file, changes: own.length, survive: own.filter(({ survives }) => survives).length };
  });
  const report = {
    changes: results.length,
    noticed: results.length - survivors.length,
    files,
    survivors: survivors.map((survivor) => {
      const { file, line, code, from, to } = survivor;
      return { file, line, code, change: `${from} -> ${to}`, equivalentBecause: reasonOf(survivor) };
    }),
  };
  const summary = `${report.changes} changes, ${report.noticed} noticed, ${survivors.length} survive, ${unexplained} of them without a reason`;
  return { text: `${JSON.stringify(report, null, 2)}\n`, summary, unexplained };
}
