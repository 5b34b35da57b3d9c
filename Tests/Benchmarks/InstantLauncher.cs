using System.Globalization;
using Sweeps.Actors.Devices;

namespace Sweeps.Benchmarks;

/// <summary>
/// Devices in this process that answer every job at once, with results of the size of real ones. Requests and answers go through the wire
/// format, as they do to and
/// from a process; only the process and its pipes are missing.
/// </summary>
internal sealed class InstantLauncher : IDeviceLauncher
{
    /// <summary>Sees each job, from any thread, and says whether it is answered; by default all are.</summary>
    public Func<RunRequest, bool> Answers { get; init; } = _ => true;

    /// <summary>How long a device takes for a job; by default it answers at once.</summary>
    public Func<RunRequest, TimeSpan> Takes { get; init; } = _ => TimeSpan.Zero;

    /// <summary>What a job finds; by default what trainings find.</summary>
    public Func<Job, JobResult> Results { get; init; } = Result;

    public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener)
    {
        listener.OnMessage(new HelloMessage(DeviceProtocol.Version, device.Torch, 0, "none", 1, "none"));
        return new InstantDevice(this, listener);
    }

    public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);

    private static JobResult Result(Job job) => job switch
    {
        PrepareJob =>
            new PrepareResult(
                new CorpusArtifacts(File(job, "encoder"), File(job, "merges"), File(job, "train"), File(job, "validation")), 2048, 1, 1, 1,
                1, 1),
        TrainJob =>
            new TrainResult(
                File(job, "model.safetensors"), File(job, "means.safetensors"), File(job, "curve.json"), 1, 1, 1, 1, 1, 1, 0, 3),
        _ => throw new InvalidOperationException($"no {job.GetType().Name} in this sweep"),
    };

    private static ArtifactRef File(Job job, string name) =>
        new($"{job.Output}/{name}", job.Seed.ToString("x64", CultureInfo.InvariantCulture), 1);

    private sealed class InstantDevice(InstantLauncher owner, IDeviceListener listener) : IDeviceProcess
    {
        public void Send(DeviceRequest request)
        {
            var written = DeviceProtocol.Write(request);
            if (request is ExitRequest) listener.OnExit("asked to");
            if (request is not RunRequest run || !owner.Answers(run) || written.Length == 0) return;
            var answer = DeviceProtocol.Write(new ResultMessage(run.Trial, run.Attempt, owner.Results(run.Job)));
            if (owner.Takes(run) is { Ticks: > 0 } takes) _ = AnswerAfterAsync(takes, answer);
            else listener.OnMessage(DeviceProtocol.ReadMessage(answer));
        }

        private async Task AnswerAfterAsync(TimeSpan takes, byte[] answer)
        {
            await Task.Delay(takes).ConfigureAwait(false);
            listener.OnMessage(DeviceProtocol.ReadMessage(answer));
        }

        public void Kill() => listener.OnExit("killed");
    }
}
