// Records as services log them: 1 KB of JSON.

/** A request as services log it. */
export function serviceLog(i: number): unknown {
  return {
    timestamp: new Date(1_763_805_540_000 + i * 37).toISOString(),
    level: i % 10 === 0 ? "WARN" : "INFO",
    logger: "com.example.orders.OrderService",
    thread: `http-nio-8080-exec-${i % 32}`,
    host: "orders-7f9c6b5d4-x2x8p",
    service: { name: "orders", version: "4.17.2", environment: "production" },
    trace_id: (i * 2_654_435_761 % 2 ** 32).toString(16).padStart(32, "4bf92f3577b34da6"),
    user: { id: 184_467 + i, tier: "gold", new: false },
    request: { method: "POST", path: `/api/v2/orders/${i}/checkout`, bytes: 5_120 + i % 999 },
    message: `order placed,payment accepted,stock reserved,mail queued,customer ${i % 500} notified`,
    status: 200,
    duration_ms: 17.25 + i % 40,
    cached: i % 3 === 0,
    retry: null,
    remote: `203.0.113.${i % 256}`,
    agent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0",
    referer: "https://shop.example/cart?step=payment",
    region: "eu-central-1",
    tags: ["checkout", "payment", "eu"],
    items: [{ sku: "A-100", quantity: 2, price: 9.99 }, { sku: "B-200", quantity: 1, price: 24.5 }],
    session: "c2Vzc2lvbi0xMjM0NTY3ODkwLWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6",
    labels: { team: "commerce", pod: "orders-7f9c6b5d4-x2x8p" },
  };
}
