using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;

namespace Sweeps.Benchmarks.Scale;

/// <summary>
/// What a cluster costs: a node that coordinates and device nodes with simulated devices, all in this process but over real connections and
/// a real database. Processor time is that of both sides.
/// </summary>
internal static class ClusterBench
{
    private const int DevicesPerNode = 8, Trials = 10_000, FirstPort = 4300;

    private static readonly TimeSpan _look = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(string root, string connection)
    {
        Console.WriteLine(
            $"Cluster: one node that coordinates, device nodes of {DevicesPerNode} devices each; {Trials} trainings that are answered at "
                + "once");
        Console.WriteLine(
            $"{"nodes",6} {"devices",8} {"joining",9} {"idle, CPU/node",16} {"progress, CPU/word",20} {"trials/s",10} {"CPU/trial",11} "
                + $"{"rows/trial",11} {"bytes/trial",12}");
        foreach (var nodes in new[] { 1, 4, 16, 32 }) await RunAsync(Path.Combine(root, $"cluster-{nodes}"), connection, nodes);
    }

    private static async Task RunAsync(string root, string connection, int count)
    {
        var talks = new Talks();
        var nodes = new List<ClusterNode>();
        try
        {
            nodes.Add(await StartAsync(root, connection, 0, talks));
            while ((await nodes[0].AskAsync(new StatusRequest())).Status is null) await Task.Delay(200);
            var begun = Stopwatch.GetTimestamp();
            for (var number = 1; number <= count; number++) nodes.Add(await StartAsync(root, connection, number, talks));
            while ((await nodes[0].AskAsync(new StatusRequest())).Status?.Nodes.Count != count) await Task.Delay(50);
            var joining = Stopwatch.GetElapsedTime(begun).TotalSeconds;

            await Task.Delay(TimeSpan.FromSeconds(3));
            var idle = await CpuOfAsync(_look) / _look.TotalSeconds / count;
            var before = await SizeAsync(connection);
            var (seconds, cpu) = await SweepAsync(nodes[0], talks, $"fast-{count}", Trials, answers: true);
            var after = await SizeAsync(connection);

            // As many jobs as devices, which are never answered and say five times a second how far they are.
            var running = SweepAsync(nodes[0], talks, $"slow-{count}", count * DevicesPerNode, answers: false);
            await Task.Delay(TimeSpan.FromSeconds(3));
            var words = talks.Words;
            var progress = await CpuOfAsync(_look) - (idle * count * _look.TotalSeconds);
            var perWord = progress / (talks.Words - words);
            await nodes[0].AskAsync(new ControlRequest($"slow-{count}", "cancel"));
            await running;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{count,6} {count * DevicesPerNode,8} {joining,7:F1} s {idle * 1e3,11:F2} ms/s {perWord * 1e6,17:F0} µs "
                    + $"{Trials / seconds,10:F0} {cpu / Trials * 1e6,8:F0} µs {(after.Rows - before.Rows) / (double)Trials,11:F2} "
                    + $"{(after.Bytes - before.Bytes) / (double)Trials,12:F0}"));
        }
        finally
        {
            nodes.Reverse();
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    private static Task<ClusterNode> StartAsync(string root, string connection, int number, Talks talks)
    {
        var name = number.ToString(CultureInfo.InvariantCulture);
        var options = new NodeOptions
        {
            Store = new StoreOptions { Postgresql = connection },
            Cluster = new ClusterOptions
            {
                Name = $"node-{name}",
                Roles = [number == 0 ? ClusterOptions.Orchestrator : ClusterOptions.Device],
                Port = FirstPort + number,
                Folder = Directory.CreateDirectory(Path.Combine(root, "sweeps")).FullName,
                State = Directory.CreateDirectory(Path.Combine(root, name)).FullName,
            },
        };
        var devices = Enumerable.Range(0, number == 0 ? 0 : DevicesPerNode).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1)).ToList();
        return ClusterNode.StartAsync(
            options, devices, talks, (_, _) => new Watcher(talks), _ => new JobSources(), new Ignore(), TimeProvider.System);
    }

    /// <summary>Runs a sweep of trainings to its end; seconds of the clock and of the processor.</summary>
    private static async Task<(double Seconds, double Cpu)> SweepAsync(ClusterNode node, Talks talks, string name, int trials, bool answers)
    {
        var spec = new SweepSpec
        {
            Name = name,
            Corpus = new CorpusOptions { Idioms = new IdiomsOptions() },
            Grid = new GridOptions { Replicas = [.. Enumerable.Range(0, trials)] },
        };
        talks.Begin(answers);
        var (begun, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var answer = await node.AskAsync(new SubmitRequest(name, spec, null));
        if (answer.Reply != "accepted") throw new InvalidOperationException($"{name} was not taken: {answer.Reason}");
        await Task.WhenAny(talks.Reported, Ended(node, name));
        return (Stopwatch.GetElapsedTime(begun).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    private static async Task Ended(ClusterNode node, string name)
    {
        while ((await node.AskAsync(new StatusRequest())).Status?.Sweeps.FirstOrDefault(sweep => sweep.Name == name)?.End is null)
            await Task.Delay(1000);
    }

    private static async Task<double> CpuOfAsync(TimeSpan time)
    {
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(time);
        return (Environment.CpuUsage.TotalTime - before).TotalSeconds;
    }

    private static async Task<(long Rows, long Bytes)> SizeAsync(string connection)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand("SELECT count(*), pg_database_size(current_database()) FROM journal");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>The devices: they answer at once, or say five times a second that they go on.</summary>
    private sealed class Talks : IDeviceLauncher
    {
        private readonly InstantLauncher _instant = new();
        private volatile bool _answers = true;
        private TaskCompletionSource _reported = new();
        private long _words;

        /// <summary>How often a device said that it goes on.</summary>
        public long Words => Interlocked.Read(ref _words);

        /// <summary>Done when the sweep's report is due.</summary>
        public Task Reported => _reported.Task;

        public void Begin(bool answers) => (_answers, _reported) = (answers, new TaskCompletionSource());

        public void Report() => _reported.TrySetResult();

        public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener) =>
            new Device(this, _instant.Launch(device, listener), listener);

        public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);

        private sealed class Device(Talks owner, IDeviceProcess instant, IDeviceListener listener) : IDeviceProcess
        {
            private volatile RunRequest? _slow;

            public void Send(DeviceRequest request)
            {
                if (request is RunRequest { Job: TrainJob } run && !owner._answers)
                {
                    _slow = run;
                    _ = SayAsync(run);
                    return;
                }
                if (request is CancelRequest cancel && _slow is not null)
                {
                    _slow = null;
                    listener.OnMessage(new CancelledMessage(cancel.Trial, cancel.Attempt));
                    return;
                }
                instant.Send(request);
            }

            public void Kill()
            {
                _slow = null;
                instant.Kill();
            }

            private async Task SayAsync(RunRequest run)
            {
                while (_slow == run)
                {
                    Interlocked.Increment(ref owner._words);
                    listener.OnMessage(new ProgressMessage(run.Trial, run.Attempt, new JobProgress(1, 100, 2)));
                    await Task.Delay(TimeSpan.FromMilliseconds(200)).ConfigureAwait(false);
                }
            }
        }
    }

    private sealed class Watcher(Talks talks) : ISweepWatcher
    {
        public IObserver<SweepProgress> Progress { get; } = new Ignore();

        public Task ReportAsync(SweepOutcome outcome)
        {
            talks.Report();
            return Task.CompletedTask;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
