/** Style of the page: light and dark by the reader's setting, one column on a phone. The palette is safe for color blindness (Okabe and Ito). */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1b1f24;--quiet:#5b6470;--rule:#d9dde3;--c1:#0067a5;--c2:#c14a00;--c3:#00795c;--c4:#7a4fa3}
@media(prefers-color-scheme:dark){:root{--paper:#14171b;--card:#1d2127;--ink:#e7eaee;--quiet:#9aa4b0;--rule:#363d46;--c1:#5cb8f0;--c2:#ff9450;--c3:#35cba0;--c4:#c9a0f0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1160px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.15rem;margin:36px 0 10px;padding-top:12px;border-top:1px solid var(--rule)}
p{margin:.4em 0}
.quiet,.note,footer{color:var(--quiet)}
.note{font-size:.85rem;margin:0 0 4px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:10px;margin:18px 0 0}
.tile{background:var(--card);border-radius:8px;padding:10px 12px}
.tile b{display:block;font-size:1.3rem;font-weight:600;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile small{font-size:.9rem;font-weight:400;color:var(--quiet);white-space:nowrap}
.tile span{color:var(--quiet);font-size:.85rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:18px}
.charts.wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
.charts.panels{grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),460px))}
.charts .chart{max-width:640px}
figure{margin:0}
.chart{background:var(--card);border-radius:8px;padding:12px 12px 8px;min-width:0;display:flex;flex-direction:column}
.chart svg{margin-top:auto}
figcaption{font-weight:600}
svg{display:block;width:100%;height:auto}
svg text{font-size:12px;fill:var(--quiet);font-variant-numeric:tabular-nums}
.grid{stroke:var(--rule);stroke-width:1}.axis{stroke:var(--quiet);stroke-width:1}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.band{opacity:.16}
.s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}
.f1{fill:var(--c1)}.f2{fill:var(--c2)}.f3{fill:var(--c3)}.f4{fill:var(--c4)}
.dashed{stroke-dasharray:6 4}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.85rem;color:var(--quiet)}
.legend i{display:inline-block;width:18px;height:0;border-top:3px solid;margin-right:6px;vertical-align:middle}
.legend i.dashed{border-top-style:dashed}
.legend .k1{border-color:var(--c1)}.legend .k2{border-color:var(--c2)}.legend .k3{border-color:var(--c3)}.legend .k4{border-color:var(--c4)}
.contour{fill:none;stroke:var(--quiet);stroke-width:1}
.level{fill:none;stroke:var(--c1);stroke-width:1.2}
.path{fill:none;stroke:var(--c2);stroke-width:1.4;opacity:.55;stroke-linejoin:round}
.goal{fill:none;stroke:var(--c3);stroke-width:2}
.scroll{overflow-x:auto;max-height:30rem;overflow-y:auto;border:1px solid var(--rule);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th{font-weight:600;background:var(--card)}
thead th{position:sticky;top:0}
tbody tr:last-child>*{border-bottom:0}
.facts th,.facts td{text-align:left;white-space:normal;vertical-align:top;overflow-wrap:anywhere}
.facts th{width:11rem;font-weight:400;color:var(--quiet);background:none}
.left,.list th:first-child,.list td:first-child{text-align:left}
.list td:last-child{white-space:normal}
code,pre{font:.85em ui-monospace,Consolas,monospace}
pre{overflow-x:auto;background:var(--card);border-radius:8px;padding:12px}
details{margin-top:12px}summary{cursor:pointer;color:var(--quiet)}
footer{margin-top:36px;font-size:.85rem}
@media(max-width:480px){main{padding:14px 12px 36px}h1{font-size:1.4rem}.tiles{grid-template-columns:1fr 1fr}svg text{font-size:14px}.facts th{width:7.5rem}th,td{padding:5px 8px}}
@media print{.scroll{max-height:none;overflow:visible}.chart{break-inside:avoid}}
`;
