/** The event that the evaluation specs ask about. */
export const referenceEvent =
  '<event type="domain-state-transition" timestamp="2026-01-02T03:04:05.000006Z">' +
  '<domain id="3" type="kvm"><name>web</name><uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid></domain>' +
  '<transition from="running" to="shutoff" event="stopped" detail="crashed"/>' +
  '</event>';
