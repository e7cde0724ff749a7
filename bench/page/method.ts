/** How to read the figures, in the page and in Markdown alike. */
export const METHOD: readonly string[] = [
  'Every figure of ours stands beside a floor that was measured in the same run, in alternating ' +
    'rounds, each in a process of its own, compiled code only. The ratio is the median of the ' +
    "rounds' ratios; the spread is (largest - smallest) / median of them.",
  'The floor of a quote or a settlement is a bare Fastify server that checks the same request and ' +
    'answers as many bytes, and decides and keeps nothing.',
  'CPU time is that of the whole server process, all threads; it does not see who else uses the ' +
    'machine. Wall time (requests/s) does. Load comes from the same machine, so that requests/s of ' +
    'both sides are less than a server of its own would give.',
  'Latencies are open loop: requests leave at scheduled times, whether the ones before are ' +
    'answered or not, and are counted from the scheduled time, so that a stall hits all who wait.',
  'Peers are asked in their best way (a trial of each chooses it), and each of their answers to ' +
    'more than 512 questions must be that of ours before anything is timed. What runs inside one ' +
    'process is compared by CPU time.',
]
