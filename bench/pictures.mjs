// Draws the curves as SVG.
import { init } from "echarts";
import { LONGEST, bytesText, decimalText } from "./reading.mjs";
import { NAMES } from "./rivals.mjs";

/** @typedef {import("./report.mjs").Results} Results */

/** The marks of the curves, which differ also without colours. */
const LOOKS = /** @type {const} */ ({
  native: { color: "#0969da", symbol: "circle" },
  old: { color: "#cf222e", symbol: "triangle" },
  plain: { color: "#9a6700", symbol: "rect" },
  bare: { color: "#57606a", symbol: "diamond" },
  pieces: { color: "#9a6700", symbol: "rect" },
});

/**
 * @param {Results} results
 * @returns {Record<string, string>} SVG by name.
 */
export function pictures({ sizes, real, concurrency }) {
  const bySize = (/** @type {"wall" | "stall" | "peak"} */ key, smallest = 0) =>
    curves(
      sizes.filter(({ bytes }) => bytes >= smallest),
      ({ bytes }) => bytes,
      (result) => result[key],
    );
  const size = { name: "recording", base: 4, text: bytesText };
  const time = { base: 10, text: milliseconds };
  return {
    time: draw("Time of a read", size, { ...time, name: "time" }, bySize("wall"), LONGEST),
    stall: draw("Longest stall", size, { ...time, name: "stall" }, bySize("stall"), LONGEST),
    memory: draw(
      "Memory above the provider's string",
      size,
      { name: "peak", base: 4, text: bytesText },
      // The memory of a small read is below the noise of the process.
      bySize("peak", 1 << 24),
      LONGEST,
    ),
    real: draw(
      "Time of a read through a real session",
      { name: "recording", base: 10, text: decimalText },
      { ...time, name: "time" },
      curves(
        real,
        ({ bytes }) => bytes,
        (result) => result.wall,
      ),
    ),
    throughput: draw(
      "Recordings in a second",
      { name: "calls at once", base: 10, text: (calls) => calls.toLocaleString("en") },
      { name: "per second", base: 10, text: (calls) => calls.toLocaleString("en") },
      curves(
        concurrency,
        ({ calls }) => calls,
        (result) => result.perSecond,
      ),
    ),
  };
}

/**
 * @template {{ rivals: Record<string, any> }} Point
 * @param {Point[]} points
 * @param {(point: Point) => number} x
 * @param {(result: any) => number} y
 */
function curves(points, x, y) {
  const rivals = /** @type {(keyof typeof LOOKS)[]} */ (Object.keys(points[0]?.rivals ?? {}));
  return rivals.map((rival) => {
    const done = points.filter(({ rivals }) => !rivals[rival].failed && y(rivals[rival]) > 0);
    return { rival, data: done.map((point) => [x(point), y(point.rivals[rival])]) };
  });
}

/**
 * @typedef {{ name: string, base: number, text: (value: number) => string }} Axis
 *
 * @param {string} title
 * @param {Axis} x
 * @param {Axis} y
 * @param {ReturnType<typeof curves>} lines
 * @param {number} [end] The size at which all curves end.
 */
function draw(title, x, y, lines, end) {
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 760, height: 440 });
  const axis = (/** @type {Axis} */ { name, base, text }) => ({
    type: /** @type {const} */ ("log"),
    name,
    logBase: base,
    nameLocation: /** @type {const} */ ("middle"),
    nameGap: 42,
    axisLabel: { formatter: text },
    splitLine: { lineStyle: { color: "#d0d7de" } },
  });
  /** @type {import("echarts").MarkLineComponentOption} */
  const last = {
    silent: true,
    symbol: "none",
    lineStyle: { color: "#57606a", type: "dashed" },
    label: { formatter: "longest string", position: "end" },
    data: end === undefined ? [] : [{ xAxis: end }],
  };
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    title: { text: title, left: 16, top: 8, textStyle: { fontSize: 16 } },
    legend: { left: 12, top: 36, itemGap: 24 },
    grid: { left: 90, right: 30, top: 96, bottom: 64 },
    xAxis: axis(x),
    yAxis: { ...axis(y), nameGap: 66 },
    series: lines.map(({ rival, data }, at) => ({
      type: /** @type {const} */ ("line"),
      name: NAMES[rival],
      ...LOOKS[rival],
      lineStyle: { width: 2 },
      symbolSize: 8,
      data,
      ...(at === 0 ? { markLine: last } : {}),
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}

/** @param {number} value */
function milliseconds(value) {
  if (value >= 1_000) return `${value / 1_000} s`;
  return value < 1 ? `${Number((value * 1_000).toPrecision(3))} µs` : `${value} ms`;
}
