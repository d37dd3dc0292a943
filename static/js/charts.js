/* Draws a server-drawn chart again with Chart.js, in the same place and from the same figures, so that
   its values can be read by pointing at it. */
"use strict";

(() => {
  const drawn = new Map();
  const px = (element, name) => parseFloat(getComputedStyle(element).getPropertyValue(name));
  const token = (name) => {
    const probe = document.createElement("i");
    probe.style.cssText = `color: var(--${name}); forced-color-adjust: none`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
  // Axes would make room for half a label at their ends: the server's drawing, whose place this takes, doesn't.
  const flush = { paddingTop: 0, paddingBottom: 0, paddingLeft: 0, paddingRight: 0 };
  const faded = (colour, share) => colour.replace(/^rgba?\(([^,]+,[^,]+,[^,)]+).*$/, `rgba($1, ${share})`);

  function palette() {
    const names = ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "reference", "line", "text", "text-2", "text-3", "surface", "mark", "on-mark"];
    const found = Object.fromEntries(names.map((name) => [name, token(name)]));
    return { ...found, other: found.reference };
  }

  function lineSets(data, colours) {
    const finished = data.labels.length - data.incomplete;
    const sets = [];
    for (const series of data.series) {
      const colour = colours[series.colour];
      sets.push({
        label: series.label, data: series.values, texts: series.texts, borderColor: colour, backgroundColor: colour,
        borderWidth: series.colour === "reference" ? 1.25 : 2, borderDash: series.dashed ? [4, 4] : [],
        segment: { borderDash: (context) => (context.p1DataIndex >= finished ? [4, 4] : undefined) },
        pointRadius: series.values.map((value, i) => (value !== null && series.values[i - 1] == null && series.values[i + 1] == null ? 3 : 0)),
        pointHoverRadius: 4, tension: 0,
      });
      if (series.low.length && series.high.length) {
        const edge = { borderWidth: 0, pointRadius: 0, pointHoverRadius: 0, backgroundColor: faded(colour, 0.16), band: true };
        sets.push({ ...edge, data: series.low, fill: false }, { ...edge, data: series.high, fill: "-1" });
      }
    }
    return sets;
  }

  function columnSets(data, colours) {
    const finished = data.labels.length - data.incomplete;
    return data.series.map((series) => ({
      label: series.label, data: series.values, texts: series.texts, borderWidth: 0, borderRadius: 0,
      backgroundColor: data.labels.map((_, i) => (i < finished ? colours[series.colour] : faded(colours[series.colour], 0.45))),
      categoryPercentage: data.form === "histogram" ? 0.96 : 0.7, barPercentage: 1,
    }));
  }

  /* Marks, targets and the labels at the ends of lines */
  const notes = {
    id: "notes",
    afterDatasetsDraw(chart) {
      const { data, colours } = chart.options.portal;
      const { ctx, chartArea: area, scales: { x, y } } = chart;
      const across = (index) => (Number.isInteger(index) || data.labels.length < 2 ? x.getPixelForValue(index)
        : x.getPixelForValue(0) + index * (x.getPixelForValue(1) - x.getPixelForValue(0)));
      const text = (words, at, down, { colour, align = "left", weight = 400, size = 12 }) => {
        ctx.font = `${weight} ${size}px ${chart.options.font.family}`;
        Object.assign(ctx, { fillStyle: colour, textAlign: align, textBaseline: "middle" });
        ctx.fillText(words, at, down);
      };
      const rule = (x1, y1, x2, y2, colour, dash) => {
        ctx.beginPath();
        ctx.setLineDash(dash);
        Object.assign(ctx, { strokeStyle: colour, lineWidth: 1 });
        ctx.moveTo(x1, y1);
        ctx.lineTo(x2, y2);
        ctx.stroke();
      };
      ctx.save();
      for (const one of data.references) {
        const level = y.getPixelForValue(one.value);
        rule(area.left, level, area.right, level, colours["text-2"], [4, 3]);
        text(one.label, area.left + 4, level + (level - area.top < 16 ? 10 : -10), { colour: colours["text-2"] });
      }
      for (const one of data.positions) {
        rule(across(one.index), area.top, across(one.index), area.bottom, colours.reference, [2, 3]);
        text(one.label, across(one.index) + 6, area.top + 8, { colour: colours["text-2"] });
      }
      data.marks.forEach((mark, i) => {
        const at = across(mark.index);
        const down = area.bottom - (area.bottom - area.top) * 0.06;
        rule(at, area.top, at, area.bottom, colours.reference, [2, 3]);
        ctx.beginPath();
        ctx.arc(at, down, 8, 0, 7);
        ctx.fillStyle = colours.mark;
        ctx.fill();
        text(String(i + 1), at, down, { colour: colours["on-mark"], align: "center", weight: 600, size: 11 });
      });
      for (const end of data.ends) {
        const main = end.colour === "c1";
        text(end.text, area.right + 8, area.top + ((area.bottom - area.top) * end.at) / 100,
          { colour: main ? colours.text : colours["text-2"], weight: main ? 600 : 400 });
      }
      ctx.restore();
    },
  };

  function options(figure, data, colours) {
    const phone = matchMedia("(max-width: 759.98px)").matches;
    const family = getComputedStyle(document.body).fontFamily;
    const stacked = data.form !== "lines";
    const shown = phone ? data.shown_on_phones : data.shown;
    return {
      portal: { data, colours },
      font: { family, size: 12 }, color: colours["text-3"],
      animation: false, responsive: true, maintainAspectRatio: false,
      layout: { padding: { top: 8, right: px(figure, "--right"), bottom: 0, left: 0 }, autoPadding: false },
      interaction: { mode: "index", intersect: false },
      scales: {
        x: {
          stacked, offset: stacked, border: { display: false }, grid: { display: false },
          afterFit: (scale) => { Object.assign(scale, { height: 28 }, flush); },
          ticks: {
            autoSkip: false, maxRotation: 0, color: colours["text-3"], padding: 2, font: { size: 12, family },
            callback: (_, i) => (shown.includes(i) ? data.labels[i] : ""),
          },
        },
        y: {
          stacked, min: data.axis.min, max: data.axis.max, border: { display: false },
          grid: { color: colours.line, drawTicks: false },
          afterFit: (scale) => { Object.assign(scale, { width: px(figure, "--left") }, flush); },
          ticks: {
            stepSize: data.axis.step, color: colours["text-3"], padding: 8, font: { size: 12, family },
            callback: (_, i) => data.axis.texts[i] ?? "",
          },
        },
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          backgroundColor: colours.text, titleColor: colours.surface, bodyColor: colours.surface,
          cornerRadius: 6, padding: 8, boxWidth: 8, boxHeight: 8, displayColors: data.series.length > 1,
          titleFont: { family, size: 12, weight: 600 }, bodyFont: { family, size: 12 },
          filter: (item) => !item.dataset.band && item.raw !== null,
          callbacks: { label: (item) => `${item.dataset.label}  ${item.dataset.texts[item.dataIndex]}` },
        },
      },
    };
  }

  function draw(figure, data) {
    const colours = palette();
    drawn.get(figure)?.destroy();
    const canvas = figure.querySelector("canvas");
    const lines = data.form === "lines";
    drawn.set(figure, new Chart(canvas, {
      type: lines ? "line" : "bar",
      data: { labels: data.labels, datasets: (lines ? lineSets : columnSets)(data, colours) },
      options: options(figure, data, colours),
      plugins: [notes],
    }));
    figure.classList.add("enhanced");
  }

  function offerPicture(figure) {
    const button = document.querySelector(`[data-png="${CSS.escape(figure.dataset.chart)}"]`);
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const canvas = figure.querySelector("canvas");
      const picture = document.createElement("canvas");
      Object.assign(picture, { width: canvas.width, height: canvas.height });
      const paint = picture.getContext("2d");
      paint.fillStyle = token("surface");
      paint.fillRect(0, 0, picture.width, picture.height);
      paint.drawImage(canvas, 0, 0);
      picture.toBlob((blob) => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(blob);
        link.download = `${figure.dataset.chart}.png`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      });
    });
  }

  function enhance(figure) {
    const source = document.getElementById(`${figure.dataset.chart}-data`);
    if (!source || drawn.has(figure)) return;
    const data = JSON.parse(source.textContent);
    const canvas = document.createElement("canvas");
    const plot = figure.querySelector(".plot");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", plot.getAttribute("aria-label"));
    plot.setAttribute("aria-hidden", "true");
    plot.after(canvas);
    draw(figure, data);
    offerPicture(figure);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(figure, data));
  }

  window.portalCharts = { enhance };
})();
