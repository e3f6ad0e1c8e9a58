package page

// comparison is one thing, measured on several sides. The first is ours. One without a reach is for orientation.
type comparison struct {
	title, unit string
	perSecond   bool // shown and compared as 1/value: what took a time, as how often in a second
	sides       []side
	reaches     []reach
}

// side is one of those that are compared: how the page calls it, the sample that it has, and whether it is of this project: the first one always is.
type side struct {
	label, sample string
	ours          bool
}

// reach is how far the first side has to come: its value beside that of another side, or, without one, by itself. One of atLeast and atMost is set; where
// neither is, the value is shown for orientation.
type reach struct {
	beside          string
	atLeast, atMost float64
}

// Prism is the side that wants Node, and is left out without.
const Prism = "Prism 5.14.2"

// The sides of a run over TCP are named tcp.OPERATION/side=NAME, those of a start start/side=NAME. The other samples are Go benchmarks: the folder of
// the package, a dot, the name without Benchmark.
func comparisons() []comparison {
	return []comparison{
		overTCP("connect", reach{beside: bare, atLeast: 0.5}, reach{beside: Prism, atLeast: 10}),
		// Prism has so much less to do for a GET that ten times as many would be about what the bare handler answers.
		overTCP("status", reach{beside: bare, atLeast: 0.5}, reach{beside: Prism}),
		{
			title: "Checker: one valid connect, request and response", unit: "sec/op",
			sides:   []side{{"checker", "checker.Judge/by=checker", true}, {"kin-openapi's two calls", "checker.Judge/by=kin-openapi", false}},
			reaches: []reach{{beside: "kin-openapi's two calls", atMost: 0.5}},
		},
		{
			title: "Checker: the same, allocations", unit: "allocs/op",
			sides:   []side{{"checker", "checker.Judge/by=checker", true}, {"kin-openapi's two calls", "checker.Judge/by=kin-openapi", false}},
			reaches: []reach{{beside: "kin-openapi's two calls", atMost: 0.3}},
		},
		byClient("Client: a status and a connect, 1 ms of latency", "both", "sec/op", reach{beside: forks, atMost: 0.55}),
		byClient("Client: only the connect, on a new connection", "connect", "sec/op", reach{beside: forks}),
		byClient("Client: only the status", "status", "sec/op", reach{beside: forks}),
		byClient("Client: round trips of a connect", "connect", "roundtrips/op", reach{atMost: 1}),
		byClient("Client: round trips of a status", "status", "roundtrips/op", reach{atMost: 1}),
		{
			title: "Start of the process to the first response", unit: "sec/op",
			sides:   []side{{"migrationlink serve", "start/side=serve", true}, {Prism, "start/side=prism", false}},
			reaches: []reach{{beside: Prism, atMost: 0.04}},
		},
		{
			title: "servertest.New to the first response, the 2nd and later in a process", unit: "sec/op",
			sides: []side{
				{"servertest", "servertest.FirstAnswer/Servertest", true}, {"servertest, signed in", "servertest.FirstAnswer/ServertestSignedIn", true},
				{"httptest, bare handler", "servertest.FirstAnswer/Bare", false},
			},
			reaches: []reach{{beside: "httptest, bare handler", atMost: 3}},
		},
		{
			title: "A link kept in memory, at 1,000,000", unit: "B/link",
			sides:   []side{{"memory", "links.MemoryConnect/links=1000000", true}},
			reaches: []reach{{atMost: 400}},
		},
		{
			title: "Authenticated connect in the stand-in, no network, by number of links in memory", unit: "sec/op",
			sides:   []side{{"1,000,000 links", "server.Connect/links=1000000", true}, {"1,000 links", "server.Connect/links=1000", true}},
			reaches: []reach{{beside: "1,000 links", atMost: 1.3}},
		},
		{
			title: "The same without HTTP: only links.Memory", unit: "sec/op",
			sides: []side{{"1,000,000 links", "links.MemoryConnect/links=1000000", true}, {"1,000 links", "links.MemoryConnect/links=1000", true}},
		},
		acknowledged("1", 0.8),
		acknowledged("64", 5),
		{
			title: "Whole suite: exchanges", unit: "exchanges",
			sides:   []side{{"contracttest", "contract_test.Suite", true}},
			reaches: []reach{{atLeast: 2000}},
		},
		{
			title: "Whole suite: time", unit: "sec/op",
			sides:   []side{{"contracttest", "contract_test.Suite", true}},
			reaches: []reach{{atMost: 3}},
		},
	}
}

const bare = "bare handler"

func overTCP(operation string, reaches ...reach) comparison {
	sample := func(name string) string { return "tcp." + operation + "/side=" + name }
	return comparison{
		title: "Stand-in over TCP: " + operation, unit: "req/s",
		sides: []side{
			{"stand-in", sample("stand-in"), true}, {"migrationlink serve, with its log", sample("serve"), true}, {bare, sample("bare"), false},
			{"generated strict handler alone", sample("strict"), false}, {"kin-openapi chained, no sign-in", sample("kin"), false},
			{Prism, sample("prism"), false},
		},
		reaches: reaches,
	}
}

const forks = "mongodb-forks/digest"

func byClient(title, operation, unit string, r reach) comparison {
	return comparison{
		title: title, unit: unit,
		sides: []side{
			{"client", "bench.Call/operation=" + operation + "/by=client", true},
			{forks, "bench.Call/operation=" + operation + "/by=mongodb-forks", false},
		},
		reaches: []reach{r},
	}
}

// acknowledged are the connects that boltlinks acknowledges in a second, to so many clients at a time.
func acknowledged(clients string, atLeast float64) comparison {
	const record = "write of its 44 bytes, and sync"
	return comparison{
		title: "boltlinks: acknowledged connects, clients at a time: " + clients, unit: "sec/op", perSecond: true,
		sides: []side{
			{"boltlinks", "boltlinks.Connect/clients=" + clients, true}, {record, "boltlinks.WriteAndSync/bytes=44", false},
			{"write of the 5 pages around it, and sync", "boltlinks.WriteAndSync/bytes=20480", false},
		},
		reaches: []reach{{beside: record, atLeast: atLeast}},
	}
}
