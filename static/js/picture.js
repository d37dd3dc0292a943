/* A picture of what a card shows where that is no chart: its table or its flow, painted as the browser has laid it out. */
"use strict";

(() => {
  const SCALE = 2;
  const MARGIN = 16;
  const SHAPES = ["rect", "circle", "line", "path", "polyline", "polygon"];
  const clear = (colour) => colour === "transparent" || /, 0\)$/.test(colour) || colour === "none";

  function painter(area, width, height) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: (width + 2 * MARGIN) * SCALE, height: (height + 2 * MARGIN) * SCALE });
    const ctx = canvas.getContext("2d");
    const plain = () => ctx.setTransform(SCALE, 0, 0, SCALE, (MARGIN - area.left) * SCALE, (MARGIN - area.top) * SCALE);

    function box(element, style) {
      const { left, top, width: wide, height: high, bottom } = element.getBoundingClientRect();
      if (!clear(style.backgroundColor)) {
        ctx.fillStyle = style.backgroundColor;
        ctx.beginPath();
        ctx.roundRect(left, top, wide, high, parseFloat(style.borderRadius) || 0);
        ctx.fill();
      }
      for (const [side, at] of [["Top", top], ["Bottom", bottom - 1]]) {
        if (!parseFloat(style[`border${side}Width`]) || clear(style[`border${side}Color`])) continue;
        ctx.fillStyle = style[`border${side}Color`];
        ctx.fillRect(left, at, wide, 1);
      }
    }

    // Word by word, so that lines break where they do on the page.
    function words(node, style) {
      ctx.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      ctx.fillStyle = node.parentNode instanceof SVGElement ? style.fill : style.color;
      ctx.textBaseline = "middle";
      const range = document.createRange();
      for (const word of node.data.matchAll(/\S+/g)) {
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        const { left, top, height: high, width: wide } = range.getBoundingClientRect();
        if (wide) ctx.fillText(word[0], left, top + high / 2);
      }
    }

    function shape(element, style) {
      ctx.globalAlpha = style.opacity * style.fillOpacity;
      const { left, top, width: wide, height: high } = element.getBoundingClientRect();
      if (element.tagName === "rect" || element.tagName === "circle") {
        ctx.fillStyle = style.fill;
        ctx.beginPath();
        ctx.roundRect(left, top, wide, high, element.tagName === "circle" ? wide / 2 : parseFloat(style.rx) || 0);
        ctx.fill();
      } else if (element.tagName === "path") {
        const at = element.getScreenCTM();
        ctx.fillStyle = style.fill;
        ctx.transform(at.a, at.b, at.c, at.d, at.e, at.f);
        ctx.fill(new Path2D(element.getAttribute("d")));
        plain();
      } else if (!clear(style.stroke)) {
        const at = element.getScreenCTM();
        const total = element.getTotalLength();
        const [from, to] = [0, total].map((length) => element.getPointAtLength(length).matrixTransform(at));
        Object.assign(ctx, { strokeStyle: style.stroke, lineWidth: parseFloat(style.strokeWidth) });
        ctx.beginPath();
        ctx.moveTo(from.x, from.y);
        ctx.lineTo(to.x, to.y);
        ctx.stroke();
      }
      ctx.globalAlpha = 1;
    }

    function visit(element) {
      const style = getComputedStyle(element);
      if (style.display === "none" || style.visibility === "hidden" || element.matches(".hidden, title")) return;
      if (SHAPES.includes(element.tagName)) shape(element, style);
      else if (!(element instanceof SVGElement)) box(element, style);
      for (const child of element.childNodes) {
        if (child.nodeType === Node.TEXT_NODE) words(child, style);
        else if (child.nodeType === Node.ELEMENT_NODE) visit(child);
      }
    }
    return { canvas, ctx, plain, visit };
  }

  function take(card) {
    const body = card.querySelector(".card-body");
    const inside = [...body.querySelectorAll("table, .flow")].map((one) => one.scrollWidth);
    const { canvas, ctx, plain, visit } = painter(
      body.getBoundingClientRect(), Math.max(body.clientWidth, ...inside), body.clientHeight);
    ctx.fillStyle = getComputedStyle(card).backgroundColor;
    ctx.fillRect(0, 0, canvas.width, canvas.height);
    plain();
    visit(body);
    return canvas;
  }

  function download(card) {
    take(card).toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${card.id}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }

  window.portalPicture = { download };
})();
