/**
 * Preloaded into every server of the bench: tells the bench the CPU time of the whole process, all
 * threads, and ends the server when the bench is gone, however it went.
 */

/** User and system time in microseconds since the start of the process. */
export interface CpuAnswer {
  readonly cpuMicros: number
}

// Absent in worker threads, which are given the same preload.
if (process.send !== undefined) {
  process.on('message', (message) => {
    if (message !== 'cpu') return
    const { user, system } = process.cpuUsage()
    process.send?.({ cpuMicros: user + system } satisfies CpuAnswer)
  })
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  // The channel keeps no server alive that wants to end.
  process.channel?.unref()
}
