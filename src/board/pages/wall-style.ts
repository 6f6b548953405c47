/** How the wall looks: dark, and so large that it is read from five metres on any screen, however it hangs. */
export const WALL_STYLE = `:root{color-scheme:dark;--green:#35d07f;--amber:#ffb224;--red:#ff5a52;--ink:#f5f7fa;--quiet:#aab4c2;--paper:#0a0d12}
*{box-sizing:border-box}
html,body{height:100%;margin:0}
body{background:var(--paper);color:var(--ink);font:600 2.6vmin/1.2 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;overflow:hidden}
h1,h2,p,ul{margin:0;padding:0}
ul{list-style:none}
.out,.shapes{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
main{display:grid;grid-template-rows:auto minmax(0,1fr) auto auto;gap:2.2vmin;height:100vh;padding:2.8vmin 3.2vmin 2vmin;border-top:1.6vmin solid var(--tone)}
.green{--tone:var(--green);--ground:#0f2419;--in:#06140d}
.amber{--tone:var(--amber);--ground:#33260a;--in:#1d1400}
.red{--tone:var(--red);--ground:#5a1013;--in:#fff}
header{display:flex;justify-content:space-between;align-items:center;gap:3vmin}
h1{display:flex;align-items:center;gap:2.4vmin;font-size:6vmin;line-height:1.1;letter-spacing:-.01em;text-wrap:balance}
h1 .light{flex:none;width:8.4vmin;height:8.4vmin}
.clock{font-size:10.5vmin;line-height:1;letter-spacing:-.02em}
.light{fill:none;stroke-linecap:round;stroke-linejoin:round}
.lit{fill:var(--tone);stroke:none}
.cut{fill:none;stroke:var(--in);stroke-width:2.6}
.tiles{display:grid;gap:2.2vmin;grid-template-columns:repeat(var(--columns,4),minmax(0,1fr));grid-auto-rows:minmax(0,1fr);min-height:0}
.n1{--columns:1}.n2{--columns:2}.n3{--columns:3}.n4{--columns:2}.n5,.n6,.n9{--columns:3}.n16{--columns:5}
.tile{container-type:size;background:var(--ground);border-radius:2.2vmin;border:.5vmin solid var(--tone);min-height:0}
.tile>div{display:flex;flex-direction:column;align-items:center;justify-content:center;gap:4cqmin;height:100%;padding:3cqmin;text-align:center}
.tile .light{flex:none;width:min(60cqw,50cqh);height:min(60cqw,50cqh)}
.said{min-width:0;max-width:100%}
.tile h2{font-size:min(13cqw,15cqh);line-height:1.1;letter-spacing:-.015em;overflow-wrap:anywhere}
.tile h2.long{font-size:min(8cqw,12cqh)}
.tile h2.longer{font-size:min(6.6cqw,9cqh)}
.age{font-size:min(9.5cqw,11cqh);line-height:1.2;white-space:nowrap}
.label{font-size:min(6cqw,7cqh);font-weight:500;color:var(--quiet)}
.tile.red .label{color:#ffd3d0}
@container (min-aspect-ratio:8/5){
.tile>div{flex-direction:row;justify-content:flex-start;gap:5cqw;padding-left:5cqw;text-align:left}
.tile .light{width:min(36cqw,74cqh);height:min(36cqw,74cqh)}
.tile h2{font-size:min(10cqw,27cqh)}
.tile h2.long{font-size:min(6.5cqw,20cqh)}
.tile h2.longer{font-size:min(4.6cqw,16cqh)}
.age{font-size:min(6.6cqw,18cqh)}
.label{font-size:min(4.4cqw,11cqh)}
}
.titles{display:grid;gap:.6vmin;font-size:3.4vmin;font-weight:500}
.titles li{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.titles.calm{color:var(--quiet)}
.more{color:var(--quiet)}
footer{font-size:2.4vmin;font-weight:500;color:var(--quiet)}
.away .titles{display:none}
.nothing{grid-column:1/-1;align-self:center;font-size:9vmin;line-height:1.2;text-align:center;color:var(--quiet)}
main.away footer{color:var(--ink);font-size:3.4vmin;font-weight:600}
@media (orientation:portrait){
.n2,.n3,.n4,.n5{--columns:1}.n6,.n7,.n8,.n9,.n10,.n11,.n12,.n13,.n14{--columns:2}.n15,.n16{--columns:3}
header{flex-direction:column-reverse;align-items:flex-start;gap:1.5vmin}
.clock{font-size:15vmin}
.titles li{white-space:normal}
}
`;
