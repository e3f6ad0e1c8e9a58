-- For wrk: sends requests that were signed before the run, so that signing costs the run nothing. The file that is named after -- has the
-- method, then the content, then whether to begin anew after the last one, then one Authorization a line.
local requests, sent, again = {}, 0, false

function init(args)
  local lines = io.lines(args[1])
  wrk.method, wrk.body, again = lines(), lines(), lines() == "again"
  for authorization in lines do
    wrk.headers["Authorization"] = authorization
    requests[#requests + 1] = wrk.format()
  end
end

function request()
  sent = sent + 1
  if sent > #requests then
    if not again then
      wrk.thread:stop()
      return ""
    end
    sent = 1
  end
  return requests[sent]
end

function done(summary)
  local e = summary.errors
  print(string.format('{"requests":%d,"seconds":%f,"refused":%d,"failed":%d}',
    summary.requests, summary.duration / 1e6, e.status, e.connect + e.read + e.write + e.timeout))
end
