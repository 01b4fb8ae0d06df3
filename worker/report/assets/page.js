// Draws the charts and the table of exceptions from the two embedded blocks of data. Text of any origin becomes text
// nodes, never markup; nothing is loaded, sent or stored.
"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const facts = read("facts");
  const exceptions = read("listed");
  const find = (query) => document.querySelector(query);
  const spaced = (count) => String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const doubt = facts.short.in_doubt;
  const narrow = () => innerWidth < 640;
  const named = (verdict) => (verdict === "in_doubt" ? `in_doubt (${doubt})` : verdict);

  function element(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // ---- Charts -------------------------------------------------------------------------------------------------
  const course = facts.course;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const charts = [];

  function clock(worked) {
    let stretch = course.stretches[0] || [0, 0];
    for (const one of course.stretches) if (one[0] <= worked) stretch = one;
    return new Date((stretch[1] + worked - stretch[0]) * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC";
  }

  function lasted(seconds) {
    if (course.seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
    if (course.seconds < 7200) return `${Math.round(seconds / 6) / 10} min`;
    return `${Math.round(seconds / 360) / 10} h`;
  }

  function bars(rows, colours, labels) {
    return {
      type: "bar",
      data: { labels, datasets: [{ data: rows, backgroundColor: colours.map(colour), borderRadius: 3, maxBarThickness: 22, minBarLength: 3 }] },
      options: {
        indexAxis: "y",
        layout: { padding: { right: 60 } },
        plugins: { legend: { display: false }, tooltip: { callbacks: { label: (item) => `${spaced(item.raw)} rows` } } },
        scales: {
          x: { display: false, beginAtZero: true },
          y: { grid: { display: false }, border: { display: false }, ticks: { color: colour("ink"), autoSkip: false } },
        },
      },
      plugins: [beside],
    };
  }

  // The count at the end of each bar, so that nobody has to read it off an axis.
  const beside = {
    id: "beside",
    afterDatasetsDraw(chart) {
      const { ctx } = chart;
      ctx.save();
      ctx.font = `${Chart.defaults.font.size}px ${Chart.defaults.font.family}`;
      ctx.fillStyle = colour("soft");
      ctx.textBaseline = "middle";
      chart.getDatasetMeta(0).data.forEach((bar, at) => ctx.fillText(spaced(chart.data.datasets[0].data[at]), bar.x + 8, bar.y));
      ctx.restore();
    },
  };

  // A thin line where a new stretch of work begins.
  const seams = {
    id: "seams",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart;
      ctx.save();
      ctx.strokeStyle = colour("soft");
      ctx.setLineDash([2, 4]);
      for (const [start] of course.stretches.slice(1)) {
        const x = scales.x.getPixelForValue(start);
        ctx.beginPath();
        ctx.moveTo(x, area.top);
        ctx.lineTo(x, area.bottom);
        ctx.stroke();
      }
      ctx.restore();
    },
  };

  // The distance of two marks on the axis of time: a round one, with seven marks at the most.
  function step() {
    const round = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400];
    return round.find((one) => course.seconds / one <= 7) || Math.ceil(course.seconds / 7 / 86400) * 86400;
  }

  function overTime(datasets, unit) {
    return {
      type: "line",
      data: { datasets },
      options: {
        interaction: { mode: "nearest", axis: "x", intersect: false },
        plugins: {
          legend: { align: "end", labels: { color: colour("soft"), usePointStyle: true, pointStyle: "line", pointStyleWidth: 24 } },
          tooltip: {
            callbacks: {
              title: (items) => (items.length ? clock(items[0].parsed.x) : ""),
              label: (item) => `${item.dataset.label}: ${spaced(Math.round(item.parsed.y * 10) / 10)}${unit}`,
            },
          },
        },
        scales: {
          x: { type: "linear", min: 0, max: course.seconds || 1, grid: { display: false }, border: { color: colour("line") }, ticks: { color: colour("soft"), maxRotation: 0, stepSize: step(), includeBounds: false, callback: (value) => lasted(value) } },
          y: { beginAtZero: true, grid: { color: colour("line") }, border: { display: false }, ticks: { color: colour("soft"), maxTicksLimit: 6, callback: (value) => spaced(value) } },
        },
      },
      plugins: [seams],
    };
  }

  const ends = course.requests.map((_, at) => Math.min((at + 1) * course.width, course.seconds));

  function rising(counts) {
    let sum = 0;
    return [{ x: 0, y: 0 }, ...ends.map((x, at) => ({ x, y: (sum += counts[at]) }))];
  }

  function line(label, name, data, more) {
    return { label, data, borderColor: colour(name), backgroundColor: colour(name), borderWidth: 2, pointRadius: 0, pointHitRadius: 8, ...more };
  }

  function paced() {
    const steps = [];
    course.requests.forEach((sent, at) => {
      const start = at * course.width;
      const y = sent / Math.max(ends[at] - start, 0.001);
      // The last interval may have hardly begun: it is told with the one before.
      if (at && at === course.requests.length - 1 && ends[at] - start < course.width / 2) {
        const both = (sent + course.requests[at - 1]) / (ends[at] - start + course.width);
        steps.splice(-2, 2, { x: start - course.width, y: both }, { x: ends[at], y: both });
      } else steps.push({ x: start, y }, { x: ends[at], y });
    });
    const limit = course.limits.map(([x, y]) => ({ x, y }));
    if (limit.length) limit.push({ x: course.seconds, y: limit[limit.length - 1].y });
    return overTime(
      [
        line("requests a second", "ineligible", steps, { fill: "origin", backgroundColor: colour("ineligible") + "40", borderWidth: 1.5 }),
        line("limit", "stop", limit, { stepped: true, borderDash: [6, 4], borderWidth: 1.5 }),
      ],
      " /s",
    );
  }

  // On a phone a sentence beside a bar takes two lines.
  const words = (sentence) => (narrow() ? sentence.match(/.{1,12}(?= |$)/g).map((part) => part.trim()) : [sentence]);
  const ranked = facts.reasons.slice(0, 12);
  const drawn = {
    verdicts: () => bars(facts.verdicts.map((one) => one[1]), facts.verdicts.map((one) => one[0]), facts.verdicts.map((one) => (one[0] === "in_doubt" ? ["in_doubt", ...words(doubt)] : one[0]))),
    progress: () => overTime([line("all settled", "ineligible", rising(course.settled)), line("deleted by us", "deleted", rising(course.gone))], " rows"),
    pace: paced,
    reasons: () => bars(ranked.map((one) => one[2]), ranked.map((one) => one[0]), ranked.map((one) => [one[1].slice(0, narrow() ? 22 : 40), ...(one[0] === "in_doubt" ? [one[0], ...words(doubt)] : [one[0]])])),
  };
  const lines = { verdicts: facts.verdicts.length, reasons: ranked.length };

  function draw() {
    charts.splice(0).forEach((chart) => chart.destroy());
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    Chart.defaults.font.size = 13;
    Chart.defaults.animation = false;
    Chart.defaults.maintainAspectRatio = false;
    document.querySelectorAll("figure[data-chart]").forEach((figure) => {
      const name = figure.dataset.chart;
      figure.hidden = name in lines ? !lines[name] : !course.requests.length;
      if (figure.hidden) return;
      const perLine = (name === "reasons" ? 46 : 34) + (narrow() ? 14 : 0);
      if (name in lines) figure.querySelector(".plot").style.height = `${lines[name] * perLine + 16}px`;
      charts.push(new Chart(figure.querySelector("canvas"), drawn[name]()));
    });
    find("#course").hidden = !course.requests.length;
    find("#reasons").hidden = !facts.reasons.length;
  }

  const rankedRows = facts.reasons.slice(0, 50).map(([verdict, reason, rows]) => {
    const made = element("tr");
    made.append(element("td", named(verdict)), element("td", reason), element("td", spaced(rows), "n"));
    return made;
  });
  find(".ranked tbody").append(...rankedRows);

  // ---- Exceptions: only the rows in view are in the page -------------------------------------------------------
  const ROW = 52;
  const AROUND = 10;
  const PRINTED = 100;
  const scroller = find(".scroller");
  const body = find(".scroller tbody");
  const search = find("#exceptions input");
  const choice = find("#exceptions select");
  let chosen = exceptions;
  let order = { by: null, down: false };
  let printing = false;

  function row([number, at, verdict, reason, status], place) {
    const made = element("tr", undefined, "row");
    made.setAttribute("aria-rowindex", String(place + 2));
    const told = element("td", undefined, "verdict");
    told.append(element("i", undefined, `dot ${verdict}`), verdict, element("small", facts.short[verdict]));
    made.append(element("td", number, "customer"), told, element("td", reason, "reason"), element("td", status === null ? "" : String(status), "n status"), element("td", spaced(at), "n line"));
    for (const cell of made.children) cell.title = cell.className === "verdict" ? named(verdict) : cell.textContent;
    return made;
  }

  function room(rows) {
    const made = element("tr", undefined, "room");
    const cell = element("td");
    cell.style.height = `${rows * ROW}px`;
    made.append(cell);
    return made;
  }

  function show() {
    const fits = Math.ceil(scroller.clientHeight / ROW) + 2 * AROUND;
    const first = printing ? 0 : Math.max(0, Math.min(Math.floor(scroller.scrollTop / ROW) - AROUND, chosen.length - fits));
    const last = Math.min(chosen.length, printing ? PRINTED : first + fits);
    const rows = chosen.slice(first, last).map((one, at) => row(one, first + at));
    body.replaceChildren(...(printing ? rows : [room(first), ...rows, room(chosen.length - last)]));
  }

  function choose() {
    const wanted = search.value.trim().toLowerCase();
    chosen = exceptions.filter(
      (one) => (!choice.value || one[2] === choice.value) && (!wanted || one[0].toLowerCase().includes(wanted) || one[3].toLowerCase().includes(wanted)),
    );
    if (order.by !== null) {
      const { by, down } = order;
      const sign = down ? -1 : 1;
      const less = (a, b) => (a === b ? 0 : a === null ? -1 : b === null ? 1 : a < b ? -1 : 1);
      chosen.sort((a, b) => sign * less(a[by], b[by]) || a[1] - b[1]);
    }
    find("#exceptions output").textContent = `${spaced(chosen.length)} of ${spaced(exceptions.length)}`;
    find(".scroller table").setAttribute("aria-rowcount", String(chosen.length + 1));
    scroller.scrollTop = 0;
    show();
  }

  function begin() {
    if (!exceptions.length) {
      find("#exceptions .nothing").hidden = false;
      return;
    }
    find("#exceptions .exceptions").hidden = false;
    for (const verdict of Object.keys(facts.short)) {
      if (!exceptions.some((one) => one[2] === verdict)) continue;
      const option = element("option", named(verdict));
      option.value = verdict;
      choice.append(option);
    }
    const left = facts.exceptions - exceptions.length;
    const more = left ? `The first ${spaced(exceptions.length)} exceptions are here, ${spaced(left)} more are in report.csv.` : "";
    find("#exceptions .more").textContent = more;
    find("#exceptions .more").hidden = !more;
    let later;
    search.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(choose, 80);
    });
    choice.addEventListener("change", choose);
    let due = false;
    scroller.addEventListener("scroll", () => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        show();
      });
    });
    document.querySelectorAll(".scroller thead button").forEach((button) =>
      button.addEventListener("click", () => {
        const by = Number(button.dataset.by);
        order = { by, down: order.by === by && !order.down };
        document.querySelectorAll(".scroller thead th").forEach((head) => head.removeAttribute("aria-sort"));
        button.parentElement.setAttribute("aria-sort", order.down ? "descending" : "ascending");
        choose();
      }),
    );
    choose();
  }

  // ---- Paper ---------------------------------------------------------------------------------------------------
  function paper(on) {
    if (printing === on) return;
    printing = on;
    document.documentElement.toggleAttribute("data-paper", on); // paper is white, whatever the screen is
    if (exceptions.length) {
      const hidden = chosen.length - PRINTED;
      const more = find("#exceptions .more");
      if (on) more.dataset.screen = more.textContent;
      more.textContent = on && hidden > 0 ? `The first ${spaced(PRINTED)} are printed; ${spaced(hidden)} more are in report.csv.` : more.dataset.screen;
      more.hidden = !more.textContent;
      show();
    }
    draw();
  }

  begin();
  draw();
  addEventListener("beforeprint", () => paper(true));
  addEventListener("afterprint", () => paper(false));
  matchMedia("print").addEventListener("change", (change) => paper(change.matches));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.documentElement.dataset.drawn = "yes";
})();
