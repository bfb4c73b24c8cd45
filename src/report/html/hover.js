(() => {
  const data = document.getElementById("samples");
  if (!data) return;
  const rows = JSON.parse(data.textContent);
  const charts = [...document.querySelectorAll("svg[data-end]")];
  const readout = document.querySelector(".readout");
  const WIDTH = 1100, LEFT = 64, RIGHT = 1088;
  const clock = (s) => Math.floor(s / 60) + ":" + String(Math.floor(s % 60)).padStart(2, "0");
  const signed = (v, d) => (v === null ? "none" : (v > 0 ? "+" : "") + v.toFixed(d));
  const find = (time) => {
    let low = 0, high = rows.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (rows[middle][0] <= time) low = middle; else high = middle - 1;
    }
    return rows[low];
  };
  const show = (x) => charts.forEach((chart) => {
    const line = chart.querySelector(".cross");
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    line.style.opacity = x ? 1 : 0;
  });
  charts.forEach((chart) => {
    chart.addEventListener("pointermove", (event) => {
      const box = chart.getBoundingClientRect();
      const x = Math.min(RIGHT, Math.max(LEFT, (event.clientX - box.left) / box.width * WIDTH));
      const time = (x - LEFT) / (RIGHT - LEFT) * Number(chart.dataset.end);
      const [at, mid, bid, ask, pos, skew, pnl] = find(time);
      show(x);
      readout.textContent = [clock(at), "mid " + mid, "bid " + signed(bid, 2) + " bps",
        "ask " + signed(ask, 2) + " bps", "position " + pos, "skew " + signed(skew, 2) + " bps",
        "PnL " + signed(pnl, 3)].join("   ");
      readout.classList.add("live");
    });
    chart.addEventListener("pointerleave", () => show(0));
  });
})();
