const INSTITUTION = 'H50011300002'

const CLAIM = {
  personId: 'CQR1',
  institutionId: INSTITUTION,
  careType: 'inpatient',
  admittedOn: '2012-06-01',
  dischargedOn: '2012-06-10',
  lines: [
    {
      lineId: '1',
      code: 'DEMO-A',
      servedOn: '2012-06-02',
      quantity: '1',
      unitPriceFen: '1000000',
      amountFen: 1_000_000,
    },
  ],
}

/** What somebody who has just started the demo needs: the address, a key and one call that works. */
export function printWelcome(address: string): void {
  const curl = [
    `curl -s ${address}/v1/quotes`,
    `-H 'authorization: Bearer demo-${INSTITUTION}'`,
    `-H 'content-type: application/json'`,
    `-d '${JSON.stringify(CLAIM)}'`,
  ].join(' ')
  process.stdout.write(
    [
      '',
      `Yizhan 一站 serves the demo on ${address}  (API: ${address}/docs)`,
      `Demo key of the hospital ${INSTITUTION}: demo-${INSTITUTION}`,
      '',
      'Quote a stay of 10,000 yuan for the Chongqing resident CQR1:',
      '',
      curl,
      '',
      '',
    ].join('\n'),
  )
}
