/** The one style sheet of the gateway's pages. */
export const STYLE = `:root{color-scheme:light dark;--ink:#1b2230;--quiet:#5a6477;--paper:#f4f5f8;--card:#fff;--line:#d5d9e2;--field:#7c869a;--main:#1d4fbf;--on-main:#fff;--bad:#a4161a;--bad-paper:#fdecec;--good:#1a6b3c;--good-paper:#e8f5ed}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebf2;--quiet:#a6b0c3;--paper:#12161f;--card:#1b212d;--line:#333c4d;--field:#8b96ab;--main:#8ab0ff;--on-main:#0b1220;--bad:#ff9a9a;--bad-paper:#3a1d20;--good:#7fd6a2;--good-paper:#17301f}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
header{display:flex;flex-wrap:wrap;gap:.5rem 2rem;align-items:baseline;padding:1rem 1.25rem}
.brand{margin:0;font-weight:600}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:0;list-style:none}
a{color:var(--main)}
[aria-current]{font-weight:600;text-decoration:none;color:var(--ink)}
main{margin:1rem auto 3rem;padding:1.5rem 1.25rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.narrow{width:min(27rem,calc(100% - 1.5rem))}
.wide{width:min(76rem,calc(100% - 1.5rem))}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}
h2{margin:2rem 0 .5rem;font-size:1.15rem}
p{margin:.75rem 0}
.field label{display:block;font-weight:600}
.hint{display:block;color:var(--quiet);font-size:.9rem}
.wrong{display:block;margin-top:.25rem;color:var(--bad);font-size:.9rem}
input:not([type=checkbox]):not([type=radio]),select,textarea{width:100%;margin-top:.25rem;padding:.6rem .7rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--field);border-radius:.4rem}
input[type=checkbox],input[type=radio]{width:1.15rem;height:1.15rem;vertical-align:-.2rem}
.code{font:1.35rem/1.5 ui-monospace,monospace;letter-spacing:.12em}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}
button{min-height:2.75rem;padding:.55rem 1.2rem;font:inherit;font-weight:600;border-radius:.4rem;border:1px solid var(--main);cursor:pointer}
button.main{background:var(--main);color:var(--on-main)}
.narrow button.main{flex:1}
button.quiet{background:transparent;color:var(--main)}
button.danger{background:transparent;color:var(--bad);border-color:var(--bad)}
.notice{padding:.7rem .9rem;border-radius:.4rem;border-left:4px solid var(--main);background:var(--paper)}
.notice.bad{border-color:var(--bad);background:var(--bad-paper);color:var(--bad)}
.notice.good{border-color:var(--good);background:var(--good-paper);color:var(--good)}
.quiet{color:var(--quiet)}
fieldset{margin:.75rem 0;padding:.25rem .9rem;border:1px solid var(--line);border-radius:.4rem}
legend{padding:0 .3rem;font-weight:600}
.rows{margin:.5rem 0;padding:0;list-style:none}
.rows li{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;padding:.7rem 0;border-bottom:1px solid var(--line)}
.rows li>div{flex:1 1 11rem;overflow-wrap:anywhere}
.rows form,.rows .actions{margin:0}
.rows button,a.button{min-height:2.25rem;padding:.3rem .8rem}
a.button{display:inline-flex;align-items:center;font-weight:600;text-decoration:none;border:1px solid var(--main);border-radius:.4rem}
.mark{padding:.1rem .5rem;font-size:.8rem;font-weight:400;color:var(--good);background:var(--good-paper);border-radius:1rem}
h3{margin:1.25rem 0 .25rem;font-size:1rem}
section:first-of-type>h2{margin-top:0}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse}
th,td{padding:.5rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-size:.9rem;color:var(--quiet)}
td form{margin:0}
td .actions{margin:0}
td button{min-height:2.25rem;padding:.3rem .8rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.35rem 1.25rem;margin:.75rem 0}
dt{color:var(--quiet)}
dd{margin:0;overflow-wrap:anywhere}
code,.codes{font-family:ui-monospace,monospace;overflow-wrap:anywhere}
.codes li{white-space:nowrap}
.codes{columns:13rem;margin:1rem 0;padding:0;list-style:none;font-size:1.05rem}
.qr{display:block;width:13rem;max-width:100%;margin:1rem auto;background:#fff;padding:.6rem;border-radius:.4rem}
.qr svg{display:block;width:100%;height:auto}
.rules{margin:.75rem 0;padding-left:1.2rem;color:var(--quiet);font-size:.9rem}
.filter,.fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(13rem,100%),1fr));gap:0 1rem;align-items:end}
.filter .actions{grid-column:1/-1;margin:.25rem 0 .75rem}
.fields fieldset{grid-column:1/-1}
.tick{display:inline-flex;gap:.45rem;margin:.25rem 1.25rem .25rem 0}
.deeds{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));gap:1rem}
.deed{padding:0 1rem 1rem;border:1px solid var(--line);border-radius:.5rem}
.deed h3{margin:.75rem 0 0;font-size:1rem}
.state.active{color:var(--good)}
.state.locked,.state.disabled,.state.ended,.state.failure{color:var(--bad)}
.scroll td:has(time){min-width:7.5rem}
.scroll td code{white-space:nowrap}
.scroll .actions{flex-wrap:nowrap}
.pager{display:flex;gap:1.25rem}
details{margin:.75rem 0}
summary{cursor:pointer}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{header,.actions,nav{display:none}body,main{background:#fff;color:#000;border:0}}
`;
