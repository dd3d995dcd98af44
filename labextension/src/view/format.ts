/**
 * Numbers as people read them: short, with a unit, `n/a` rather than a guess.
 *
 * The same figures as rlm_kernel/report/figures.py, so that the panel, the card of a plain
 * notebook and a terminal say the same thing.
 */

const MINUTE = 60;
const HOUR = 3600;
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const cents = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2
});

/** `1,204` */
export function count(n: number): string {
  return grouped.format(n);
}

/** `950`, `12.3k`, `1.24M` */
export function tokens(n: number): string {
  if (n < 10_000) {
    return count(n);
  }
  if (n < 999_500) {
    return n < 99_950 ? `${(n / 1e3).toFixed(1)}k` : `${(n / 1e3).toFixed(0)}k`;
  }
  return `${(n / 1e6).toFixed(2)}M`;
}

/** `$0`, `$0.0031`, `$1.27`: two significant digits below a cent, cents above; `n/a` where unknown. */
export function dollars(amount: number | null): string {
  if (amount === null) {
    return 'n/a';
  }
  if (amount === 0) {
    return '$0';
  }
  if (Math.abs(amount) < 0.01) {
    return Math.abs(amount) >= 1e-4 ? `$${Number(amount.toPrecision(2))}` : '<$0.0001';
  }
  return Math.abs(amount) < 1 ? `$${amount.toFixed(3)}` : `$${cents.format(amount)}`;
}

/** Dollars to the last digit that says anything: `$0.00123`; `n/a` where unknown. */
export function exactDollars(amount: number | null): string {
  return amount === null ? 'n/a' : `$${amount.toFixed(8).replace(/\.?0+$/, '')}`;
}

/** `0.42 s`, `12.34 s`; from a minute on as `duration` has it. */
export function exactDuration(seconds: number): string {
  return seconds < MINUTE ? `${Math.max(0, seconds).toFixed(2)} s` : duration(seconds);
}

/** `0.4 s`, `12 s`, `3 m 05 s`, `2 h 07 m` */
export function duration(seconds: number): string {
  if (seconds < 9.95) {
    return `${Math.max(0, seconds).toFixed(1)} s`;
  }
  const whole = Math.round(seconds);
  if (whole < MINUTE) {
    return `${whole} s`;
  }
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (whole < HOUR) {
    return `${Math.floor(whole / MINUTE)} m ${two(whole % MINUTE)} s`;
  }
  return `${Math.floor(whole / HOUR)} h ${two((whole % HOUR) / MINUTE)} m`;
}

/** `31/s`, or `4.2/min` where there is less than one a second */
export function rate(perSecond: number): string {
  if (perSecond >= 1) {
    return perSecond >= 9.95 ? `${perSecond.toFixed(0)}/s` : `${perSecond.toFixed(1)}/s`;
  }
  return `${(perSecond * MINUTE).toFixed(1)}/min`;
}

/** `812 B`, `12.3 kB`, `4.0 MB` */
export function size(bytes: number): string {
  if (bytes < 1000) {
    return `${count(bytes)} B`;
  }
  const [value, unit] = bytes < 1e6 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${value.toFixed(1)} ${unit}`;
}

/** The Unix time as a clock on the wall shows it, to the second. */
export function clock(time: number): string {
  return new Date(time * 1000).toLocaleTimeString(undefined, { hour12: false });
}
