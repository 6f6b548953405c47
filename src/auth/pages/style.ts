/**
 * The one style sheet of the gateway's pages: tokens first, then the frame, text, fields and buttons, and the parts
 * that pages are made of. Colours are tokens, so that light and dark differ in one place; each pair that meets has a
 * contrast of 4.5 to 1 at least, borders of fields 3 to 1 (WCAG 2.2, 1.4.3 and 1.4.11).
 */
export const STYLE = `:root{color-scheme:light dark;
--ink:#17211f;--quiet:#54625e;--paper:#f1f3ef;--card:#fff;--line:#d8deda;--field:#74827d;
--main:#0d5f58;--main-deep:#08443f;--on-main:#fff;--tint:#e4f0ed;--brass:#b07d22;
--bad:#a11d1a;--bad-paper:#fceceb;--good:#17653a;--good-paper:#e5f4ea;--warn:#754e00;--warn-paper:#fcf2da;
--shade:0 1px 2px rgb(20 40 36/.06),0 8px 24px rgb(20 40 36/.07);
--round:.5rem;--1:.25rem;--2:.5rem;--3:.75rem;--4:1rem;--5:1.5rem;--6:2.5rem;
--small:.875rem;--mono:ui-monospace,"DejaVu Sans Mono",Consolas,monospace}
@media (prefers-color-scheme:dark){:root{
--ink:#e7edeb;--quiet:#a4b3ae;--paper:#0e1615;--card:#16211f;--line:#2d3b38;--field:#82938e;
--main:#82d3c7;--main-deep:#abe4db;--on-main:#06231f;--tint:#1b302c;--brass:#dcae58;
--bad:#ffa39c;--bad-paper:#3a1c1b;--good:#88daa8;--good-paper:#13301f;--warn:#f1c876;--warn-paper:#33280f;--shade:none}}
*,::before,::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:var(--4)}
body{display:flex;flex-direction:column;min-height:100vh;min-height:100svh;margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:break-word}

/* frame */
.skip{position:absolute;left:var(--3);top:-6rem;z-index:2;padding:var(--2) var(--4);background:var(--card);border:1px solid var(--main);border-radius:var(--round)}
.skip:focus{top:var(--3)}
header{display:flex;flex-wrap:wrap;gap:var(--1) var(--5);align-items:center;justify-content:space-between;padding:var(--2) max(var(--4),calc((100% - 70rem)/2));background:var(--card);border-bottom:1px solid var(--line)}
.brand{display:flex;gap:var(--2);align-items:center;min-width:0;margin:0;padding:var(--1) 0;font-size:1.0625rem;font-weight:650;letter-spacing:-.01em}
.brand a{color:inherit;text-decoration:none}
.brand a:hover{text-decoration:underline}
.lock{flex:none;width:1.75rem;height:1.75rem}
.shackle{fill:none;stroke:var(--brass)}
.body{fill:var(--main)}
.hole{fill:var(--card)}
nav ul{position:static;display:flex;flex-wrap:wrap;gap:0 var(--1);width:auto;margin:0;padding:0;list-style:none;border:0;background:none;color:inherit;overflow:visible}
nav a{display:block;padding:var(--2) var(--3);color:var(--quiet);text-decoration:none;border-radius:var(--round)}
nav a:hover{color:var(--ink);background:var(--paper)}
nav [aria-current]{color:var(--ink);font-weight:600;box-shadow:inset 0 -2px var(--brass);border-radius:var(--round) var(--round) 0 0}
nav>button{display:none}
.alone>header{justify-content:center;padding-top:clamp(var(--4),7vh,4.5rem);background:none;border:0}
.alone .brand{font-size:1.25rem}
.alone .lock{width:2.25rem;height:2.25rem}
.alone .hole{fill:var(--paper)}
main{margin:var(--5) auto var(--6)}
main:focus{outline:0}
.narrow{width:min(28rem,100% - 1.5rem);padding:clamp(var(--4),5vw,2rem);background:var(--card);border:1px solid var(--line);border-radius:.875rem;box-shadow:var(--shade)}
.alone>.narrow{margin-top:var(--4)}
.wide{width:min(70rem,100% - 2rem)}
main>:last-child{margin-bottom:0}
footer{display:flex;flex-wrap:wrap;gap:var(--1) var(--4);align-items:center;justify-content:center;margin-top:auto;padding:var(--4);color:var(--quiet);font-size:var(--small)}
footer form{display:flex;flex-wrap:wrap;gap:0 var(--1);align-items:center;justify-content:center}
footer button{min-height:2rem;padding:var(--1) var(--2);color:var(--quiet);font-weight:400;font-size:inherit;background:none;border:0;text-decoration:underline;text-underline-offset:.2em}
footer button[aria-current]{color:var(--ink);font-weight:600;text-decoration:none;cursor:default}

/* text */
h1{margin:0 0 var(--4);font-size:1.5rem;font-weight:650;line-height:1.25;letter-spacing:-.015em;text-wrap:balance}
h2{margin:var(--6) 0 var(--3);font-size:1.125rem;font-weight:650;line-height:1.35}
h3{margin:var(--5) 0 var(--1);font-size:1rem;font-weight:650}
p{margin:var(--3) 0}
a{color:var(--main);text-underline-offset:.18em}
a:hover{color:var(--main-deep)}
.quiet{color:var(--quiet)}
code,.codes,.mono{font-family:var(--mono);font-size:.925em;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--main);outline-offset:2px}
hr{height:0;margin:var(--5) 0;border:0;border-top:1px solid var(--line)}
[hidden]{display:none!important}
.out{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}

/* fields */
.field{margin:var(--4) 0}
.field label,legend{display:block;font-weight:600}
.hint{display:block;color:var(--quiet);font-size:var(--small);font-weight:400}
.wrong{display:block;margin-top:var(--2);padding-left:var(--3);color:var(--bad);font-size:var(--small);border-left:3px solid}
input:not([type=checkbox],[type=radio],[type=button]),select,textarea{width:100%;min-width:0;min-height:2.75rem;margin-top:var(--1);padding:.55rem .75rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--field);border-radius:var(--round)}
input:hover,select:hover,textarea:hover{border-color:var(--ink)}
input[aria-invalid]{border-color:var(--bad);box-shadow:0 0 0 1px var(--bad)}
input[type=checkbox],input[type=radio]{flex:none;width:1.5rem;height:1.5rem;margin:0;accent-color:var(--main);vertical-align:-.4rem}
input.code{font:1.5rem/1.4 var(--mono);letter-spacing:.12em}
.with{display:flex;gap:var(--2);margin-top:var(--1)}
.with>input:first-child{flex:1;margin:0}
.with>[type=button]{flex:none;padding:0 .9rem;font:inherit;color:var(--quiet);background:none;border:1px solid var(--field);border-radius:var(--round);cursor:pointer}
fieldset{min-width:0;margin:var(--4) 0;padding:var(--2) var(--4) var(--3);border:1px solid var(--line);border-radius:var(--round)}
legend{padding:0 var(--1)}
.tick{display:inline-flex;gap:var(--2);align-items:center;min-height:2rem;margin-right:var(--4)}
.rules{margin:var(--3) 0;padding-left:1.2rem;color:var(--quiet);font-size:var(--small)}
.wide .field{max-width:28rem}
.fields .field,.filter .field{max-width:none}
.fields,.filter{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(13rem,100%),1fr));gap:0 var(--4);align-items:end}
.filter .field{margin:0 0 var(--3)}
.filter .actions,.fields fieldset,.fields .actions{grid-column:1/-1;margin:0}

/* buttons */
.actions{display:flex;flex-wrap:wrap;gap:var(--3);margin:var(--5) 0 0}
button,a.button{display:inline-flex;align-items:center;justify-content:center;gap:var(--2);min-height:2.75rem;padding:.5rem 1.15rem;font:inherit;font-weight:600;text-align:center;text-decoration:none;color:var(--main);background:none;border:1px solid var(--main);border-radius:var(--round);cursor:pointer;transition:background-color .12s}
button.main,a.button.main{color:var(--on-main);background:var(--main)}
button.main:hover,a.button.main:hover{background:var(--main-deep);border-color:var(--main-deep)}
button.quiet{color:var(--main)}
button.quiet:hover,a.button:not(.main):hover{background:var(--tint)}
button.danger{color:var(--bad);border-color:var(--bad)}
button.danger:hover{background:var(--bad-paper)}
button[aria-disabled=true],button:disabled{opacity:.65;cursor:default}
.narrow>form>.actions>button,.steps form>.actions>button,.narrow>.actions>.button{flex:1 1 auto}
.rows button,.rows a.button,td button,td a.button,.small{min-height:2.25rem;padding:.25rem .8rem;font-size:.9375rem}

/* parts */
.card,.wide>section,.filter,.scroll,.deed{margin:var(--4) 0;padding:clamp(var(--4),2.5vw,var(--5));background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.card>:first-child,.wide>section>:first-child{margin-top:0}
.card>:last-child,.wide>section>:last-child{margin-bottom:0}
.card .scroll,.wide>section .scroll{margin:var(--3) 0;padding:0;border:0;border-radius:0}
.notice{margin:0 0 var(--4);padding:var(--3) var(--4);border-radius:var(--round);border:1px solid;border-left-width:5px;color:var(--main);background:var(--tint)}
.notice.bad{color:var(--bad);background:var(--bad-paper)}
.notice.good{color:var(--good);background:var(--good-paper)}
.notice.warn{color:var(--warn);background:var(--warn-paper)}
.notice a{color:inherit;font-weight:600}
.rows{margin:var(--3) 0;padding:0;list-style:none}
.rows>li{display:flex;flex-wrap:wrap;gap:var(--2) var(--4);align-items:center;justify-content:space-between;padding:var(--3) 0;border-top:1px solid var(--line)}
.rows>li:first-child{border-top:0}
.rows>li>div{flex:1 1 13rem;min-width:0;overflow-wrap:anywhere}
.rows form,.rows .actions,td form,td .actions{margin:0}
.mark,.badge,.state{display:inline-block;padding:.1rem .55rem;font-size:.8125rem;font-weight:600;line-height:1.4;color:var(--quiet);background:var(--paper);border-radius:1rem}
.mark,.badge.good,.state.active{color:var(--good);background:var(--good-paper)}
.badge.warn,.state.invited{color:var(--warn);background:var(--warn-paper)}
.badge.bad,.state.locked,.state.failure{color:var(--bad);background:var(--bad-paper)}
.badge.note{color:var(--main);background:var(--tint)}
.empty{margin:var(--4) 0;padding:var(--5) var(--4);color:var(--quiet);text-align:center;border:1px dashed var(--field);border-radius:var(--round)}
.tabs{display:flex;flex-wrap:wrap;gap:0 var(--1);margin:0 0 var(--5);padding:0;list-style:none;border-bottom:1px solid var(--line)}
.tabs a{display:block;margin-bottom:-1px;padding:var(--2) var(--3);color:var(--quiet);text-decoration:none;border-bottom:3px solid transparent}
.tabs a:hover{color:var(--ink)}
.tabs [aria-current]{color:var(--ink);font-weight:600;border-color:var(--brass)}
.pager{display:flex;flex-wrap:wrap;gap:var(--2) var(--5)}
.pager a,p>a:only-child:not(.button){display:inline-block;padding:var(--1) 0}
.top{display:flex;flex-wrap:wrap;gap:var(--2) var(--4);align-items:center;justify-content:space-between;margin-bottom:var(--4)}
.top>*{margin:0}
.deeds{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));gap:var(--4)}
.deed{display:flex;flex-direction:column;margin:0}
.deed h3{margin:0}
.deed form{margin-top:auto}
dl{display:grid;grid-template-columns:max-content 1fr;gap:var(--2) var(--5);margin:var(--3) 0}
dt{color:var(--quiet)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
details{margin:var(--3) 0}
summary{padding:var(--1) 0;color:var(--main);cursor:pointer}
.codes{columns:11rem;margin:var(--4) 0;padding:var(--4);list-style:none;font-size:1.0625rem;background:var(--paper);border-radius:var(--round)}
.codes li{padding:.15rem 0;white-space:nowrap}
.key code{padding:var(--1) var(--2);background:var(--paper);border-radius:var(--1);user-select:all}
.steps{margin:var(--4) 0;padding:0;list-style:none;counter-reset:step}
.steps>li{position:relative;min-height:1.75rem;margin:var(--4) 0;padding-left:2.5rem;counter-increment:step}
.steps>li::before{content:counter(step);position:absolute;left:0;width:1.75rem;height:1.75rem;font-size:var(--small);font-weight:600;line-height:1.75rem;text-align:center;color:var(--main);background:var(--tint);border-radius:50%}
.steps p:first-child,.steps .field{margin-top:0}
.ways{margin-top:var(--5);padding-top:var(--4);border-top:1px solid var(--line)}
.ways h2{margin:0 0 var(--3);font-size:1rem}
.ways ul{display:grid;gap:var(--2);margin:0;padding:0;list-style:none}
.ways .actions{margin:0}
.ways button,.ways a.button{width:100%}
.resend{margin-top:var(--4)}
.resend .actions{margin-top:var(--2)}
.resend p:empty{display:none}
.or{display:flex;gap:var(--3);align-items:center;margin:var(--5) 0;color:var(--quiet);font-size:var(--small)}
.or::before,.or::after{content:"";flex:1;border-top:1px solid var(--line)}
.qr{display:block;width:13rem;max-width:100%;margin:var(--4) auto;padding:var(--2);background:#fff;border:1px solid var(--line);border-radius:var(--round)}
.qr svg{display:block;width:100%;height:auto}

/* tables */
.scroll{padding:0;overflow-x:auto}
table{width:100%;border-collapse:collapse}
th,td{padding:var(--2) var(--3);text-align:left;vertical-align:top;border-top:1px solid var(--line)}
thead th{font-size:var(--small);font-weight:600;color:var(--quiet);border-top:0}
tbody tr:hover{background:var(--paper)}
td code,td time{white-space:nowrap}
td .actions{flex-wrap:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums}

/* board */
.green{--tone:var(--good);--tone-paper:var(--good-paper)}
.amber{--tone:var(--warn);--tone-paper:var(--warn-paper)}
.red{--tone:var(--bad);--tone-paper:var(--bad-paper)}
.none{--tone:var(--quiet);--tone-paper:transparent}
.light{flex:none;width:1.25em;height:1.25em;vertical-align:-.25em;stroke-linecap:round;stroke-linejoin:round}
.lit{fill:var(--tone);stroke:var(--tone);stroke-width:1}
.cut{fill:none;stroke:var(--card);stroke-width:2.6}
.banner{display:flex;flex-wrap:wrap;gap:var(--3) var(--5);align-items:center;padding:var(--5);color:var(--ink);background:var(--tone-paper);border:1px solid var(--tone);border-left-width:.5rem;border-radius:.75rem}
.banner>div{flex:1 1 18rem}
.banner p{margin:0}
.banner .light{width:3.5rem;height:3.5rem}
.banner .verdict{font-size:clamp(1.25rem,3.2vw,1.75rem);font-weight:650;line-height:1.25;letter-spacing:-.015em;text-wrap:balance}
.banner .quiet{color:inherit}
.banner .button{color:var(--ink);background:var(--card);border-color:var(--tone)}
.banner.none{background:var(--card)}
.banner li{margin:var(--2) 0}
.wide>.clusters{padding:0;background:none;border:0}
.clusters ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%),1fr));gap:var(--4);margin:0;padding:0;list-style:none}
.cluster{display:flex;flex-direction:column;padding:var(--4) var(--5);background:var(--card);border:1px solid var(--line);border-top:.375rem solid var(--tone);border-radius:.75rem}
.cluster .name{display:flex;flex-wrap:wrap;gap:0 var(--3);align-items:baseline;justify-content:space-between;margin:0;font-size:1.125rem;font-weight:650}
.cluster .name a{min-width:0;color:inherit;overflow-wrap:anywhere}
.cluster .word{font-size:.9375rem;color:var(--tone)}
.figure{display:grid;margin:var(--3) 0;color:var(--quiet);font-size:var(--small)}
.figure b{color:var(--ink);font-size:1.75rem;line-height:1.3;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.cluster dl{display:grid;grid-template-columns:1fr;gap:0;margin:0;font-size:.9375rem;font-variant-numeric:tabular-nums}
.cluster dl>div{display:flex;flex-wrap:wrap;gap:0 var(--3);justify-content:space-between;padding:var(--2) 0;border-top:1px solid var(--line)}
.cluster dd{margin:0;text-align:right}
.cluster dd .quiet{display:block;font-size:var(--small)}
.target-bar{display:block;width:8rem;margin-left:auto;height:.25rem;margin-top:var(--1);border-radius:1rem}
.target-bar rect{fill:var(--line)}
.target-bar .used{fill:var(--main)}
.target-bar.over .used{fill:var(--bad)}
.spark{width:5rem;height:1.25rem;margin-left:var(--2);vertical-align:-.25rem;overflow:visible}
.spark path{fill:none;stroke:var(--main);stroke-width:1.5;vector-effect:non-scaling-stroke}
.todo{margin:0;padding:0;list-style:none}
.todo li{display:flex;gap:var(--3);padding:var(--4) 0;border-top:1px solid var(--line)}
.todo li:first-child{padding-top:0;border-top:0}
.todo li>div{min-width:0;overflow-wrap:anywhere}
.todo .light{margin-top:.1rem}
.todo h3,.todo p{margin:0}
.todo p{margin-top:var(--1);max-width:48rem}
.two{display:grid;grid-template-columns:minmax(0,22rem) minmax(0,1fr);gap:var(--5) var(--6)}
.two h3{margin-top:0}
.calendar{table-layout:fixed;font-variant-numeric:tabular-nums}
.calendar th,.calendar td{padding:1px;border:0;text-align:center;vertical-align:middle}
.calendar th{font-size:.8125rem;font-weight:400;color:var(--quiet)}
.calendar tr>:first-child{width:4.5rem;text-align:left;white-space:nowrap}
.calendar tbody tr:hover{background:none}
.calendar td>*{display:block;padding:.3rem 0;font-size:var(--small);line-height:1.25rem;text-decoration:none;border:1px solid transparent;border-radius:.375rem}
.calendar a:hover{outline:2px solid var(--tone)}
.calendar .green,.lights b.green{color:var(--good);background:var(--good-paper)}
.calendar .amber,.lights b.amber{color:var(--warn);background:var(--warn-paper);border-color:var(--warn);font-weight:650}
.calendar .red,.lights b.red{color:var(--card);background:var(--bad);font-weight:650}
.calendar .none,.lights b.none{color:var(--quiet);border:1px dashed var(--field)}
.lights{display:flex;flex-wrap:wrap;gap:var(--1) var(--4);font-size:var(--small)}
.lights b{display:inline-block;width:1.125rem;height:1.125rem;vertical-align:-.2rem;border:1px solid transparent;border-radius:.25rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:var(--5)}
.chart{min-width:0;margin:0}
.chart figcaption{display:flex;flex-wrap:wrap;gap:0 var(--3);align-items:baseline}
.chart-title{font-weight:650}
.chart .quiet,.legend{font-size:var(--small)}
.chart svg{display:block;width:100%;height:auto;margin-top:var(--1);overflow:visible}
.chart text{font-size:11px;fill:var(--quiet);font-variant-numeric:tabular-nums}
.chart .newest-words{fill:var(--ink);font-weight:600}
.grid,.ground{stroke:var(--line);fill:none}
.chart .line,.legend .line{stroke:var(--main);stroke-width:1.5;fill:none;stroke-linejoin:round;stroke-linecap:round}
.alone[r],.newest{fill:var(--main)}
.target{stroke:var(--warn);stroke-width:1.2;stroke-dasharray:5 4;fill:none}
.chart .target-words{fill:var(--warn)}
path.failed{stroke:var(--bad);stroke-width:2;fill:none;stroke-linecap:round}
path.findings{stroke:var(--warn);stroke-width:1.5;fill:var(--card);stroke-linejoin:round}
.legend{display:flex;flex-wrap:wrap;gap:var(--1) var(--4)}
.legend .sign{width:.8rem;height:.8rem}
.nights h4{margin:0;font-size:1rem;font-weight:650}
.nights dl{grid-template-columns:1fr 1fr;gap:var(--3);margin:var(--2) 0 0}
.nights dl>div{display:flex;flex-direction:column-reverse;padding:var(--2) var(--3);border-left:.25rem solid var(--tone)}
.nights dt{font-size:var(--small)}
.nights dd{margin:0;font-size:1.375rem;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums}
.big-code{margin:var(--5) 0;padding:var(--4);font:600 clamp(2rem,11vw,3rem)/1.2 var(--mono);text-align:center;letter-spacing:.04em;background:var(--paper);border-radius:var(--round)}
@media (max-width:56rem){.two{grid-template-columns:1fr}}

@media (max-width:46rem){
.wide{width:calc(100% - 1.5rem)}
dl{grid-template-columns:1fr;gap:0}
dd{margin-bottom:var(--2)}
@supports selector(:popover-open){
nav>button{display:inline-flex;color:var(--ink);border-color:var(--field)}
nav ul:not(:popover-open){display:none}
nav ul:popover-open{position:absolute;inset:3.75rem var(--3) auto auto;flex-direction:column;min-width:min(15rem,100% - 1.5rem);padding:var(--2);background:var(--card);border:1px solid var(--field);border-radius:var(--round);box-shadow:0 8px 30px rgb(0 0 0/.25)}
nav li a{padding:var(--3)}
nav [aria-current]{box-shadow:inset 3px 0 var(--brass);border-radius:0}}
.scroll:has(.cards){overflow:visible;background:none;border:0}
.cards,.cards tbody{display:block}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(8.5rem,100%),1fr));gap:var(--2) var(--4);margin:0 0 var(--3);padding:var(--3) var(--4);background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.card .cards tr,section .cards tr{background:var(--paper)}
.cards td{display:block;min-width:0;padding:0;border:0;overflow-wrap:anywhere}
.cards td:empty{display:none}
.cards td::before{content:attr(data-label);display:block;color:var(--quiet);font-size:.8125rem}
.cards td:first-child,.cards td:not([data-label]){grid-column:1/-1}
.cards .number{text-align:left}
.cards code,.cards time{white-space:normal}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;animation:none!important;scroll-behavior:auto!important}}
@media print{nav,footer,form,.skip,.actions,.paper-no{display:none!important}
:root{--ink:#000;--quiet:#333;--card:#fff;--paper:#fff;--line:#999;--shade:none}
.narrow,.wide{width:100%;padding:0;border:0}}
`;
