/** How a mail looks. Mail programs know few rules: no variables, no grid, no drawings, one column. Pure. */
export const MAIL_STYLE = `
body { margin: 0; padding: 16px; background: #ffffff; color: #1b1f24; font-family: "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
  font-size: 16px; line-height: 1.5; }
main { display: block; max-width: 680px; }
h1 { font-size: 22px; line-height: 1.3; font-weight: bold; margin: 4px 0 8px; }
h2 { font-size: 18px; font-weight: bold; margin: 36px 0 8px; }
h3 { font-size: 16px; font-weight: bold; margin: 20px 0 4px; }
p { margin: 0 0 4px; }
.about { color: #59616b; }
.verdict { margin: 12px 0 0; }
.mark { font-weight: bold; }
td.mark, th.mark { width: 92px; font-weight: normal; }
.mark.passed { color: #176b3f; }
.mark.findings { color: #8a5300; }
.mark.failed, li.failed h3, .why.failed, .problems { color: #b0201c; }
li.findings h3 { color: #8a5300; }
.mark.skipped { color: #59616b; }
.quiet, small { color: #59616b; font-size: 14px; font-weight: normal; }
.pair .quiet, .why, td .quiet, th .quiet { display: block; }
.why { font-size: 14px; font-weight: normal; }
code { font-family: Consolas, Menlo, monospace; font-size: 13px; word-break: break-all; }
ol.findings { list-style: none; margin: 0; padding: 0; }
ol.findings li { margin: 0 0 12px; }
.problems { margin: 4px 0 0; padding-left: 18px; font-size: 14px; font-weight: normal; }
table { border-collapse: collapse; width: 100%; }
caption { display: none; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid #dcdfe3; font-weight: normal; }
thead th { color: #59616b; font-size: 14px; }
.num { text-align: right; white-space: nowrap; }
dl { margin: 20px 0 0; }
dt { color: #59616b; font-size: 14px; }
dd { margin: 0 0 8px; word-break: break-word; }
`;
