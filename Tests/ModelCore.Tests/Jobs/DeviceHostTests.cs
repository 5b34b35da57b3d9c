using System.Runtime.InteropServices;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests.Jobs;

public class DeviceHostTests
{
    private static readonly JobResult _done = new EvaluateResult(1, 2, 3, 4);

    private static PrepareJob AnyJob(string output = "o") =>
        new PrepareJob { Output = output, Seed = 1, Corpus = new CorpusOptions(), Tokenizer = new TokenizerOptions() };

    [Fact]
    public void A_job_is_run_and_its_progress_checkpoint_and_result_carry_trial_and_attempt()
    {
        var checkpoint = new ArtifactRef("c", "00", 1);
        using var device = new DevicePipes((job, context) =>
        {
            context.Report(new JobProgress(0, 2, null));
            context.Checkpointed(1, context.ResumeFrom!);
            context.Report(new JobProgress(2, 2, 0.5));
            return _done;
        });
        Assert.IsType<HelloMessage>(device.Next());
        device.Say(new RunRequest("t", 7, AnyJob(), checkpoint));
        Assert.Equal(new ProgressMessage("t", 7, new JobProgress(0, 2, null)), device.Next());
        Assert.Equal(new CheckpointMessage("t", 7, 1, checkpoint), device.Next());
        Assert.Equal(new ProgressMessage("t", 7, new JobProgress(2, 2, 0.5)), device.Next());
        Assert.Equal(new ResultMessage("t", 7, _done), device.Next());
        device.Say(new ExitRequest());
        Assert.Equal(DeviceHost.Ended, device.ExitCode);
    }

    [Fact]
    public void A_device_without_work_says_so_once_and_again_after_the_next_job()
    {
        using var device = new DevicePipes((_, _) => _done, heartbeat: TimeSpan.FromMilliseconds(1), idle: TimeSpan.FromMilliseconds(5));
        for (var jobs = 1; jobs <= 2; jobs++)
        {
            // Each heartbeat looks; a hundred more after the first call make no second one.
            while (device.IdleTimes < jobs) device.Next();
            for (var i = 0; i < 100; i++) device.Next();
            Assert.Equal(jobs, device.IdleTimes);
            device.Say(new RunRequest("t", jobs, AnyJob(), null));
            while (device.Next() is not ResultMessage)
            {
            }
        }
    }

    [Fact]
    public void A_device_that_hears_nothing_for_too_long_ends_at_once_even_in_a_job_and_one_that_hears_something_does_not()
    {
        using var never = new ManualResetEventSlim();
        using var device = new DevicePipes(
            (_, context) =>
            {
                never.Wait(context.Cancelled);
                return _done;
            },
            heartbeat: TimeSpan.FromMilliseconds(1), silence: TimeSpan.FromMilliseconds(300));
        device.Say(new RunRequest("t", 1, AnyJob(), null));
        var begun = TimeProvider.System.GetTimestamp();
        // Words come far more often than the silence lasts.
        while (TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromMilliseconds(600))
        {
            device.Say(new AliveRequest());
            device.Next();
        }
        Assert.Null(device.LeftAlone);
        while (device.LeftAlone is null) device.Next();
        Assert.Equal(DeviceHost.LeftAlone, device.LeftAlone);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(60, DeviceHost.LeftAlone)]
    public void When_whoever_asked_is_dead_a_device_of_a_cluster_ends_at_once_and_another_in_order(int silence, int? exitCode)
    {
        using var device = new DevicePipes((_, _) => _done, silence: TimeSpan.FromSeconds(silence));
        device.Next();
        device.HangUp();
        Assert.Equal(DeviceHost.Ended, device.ExitCode);
        Assert.Equal(exitCode, device.LeftAlone);
    }

    [Fact]
    public void Failures_say_whose_fault_they_are()
    {
        using var device = new DevicePipes((job, _) => job.Output switch
        {
            "work" => throw new JobFailedException(FailureKind.Work, "diverged"),
            "world" => throw new IOException("disk full"),
            "memory" => throw new InsufficientMemoryException(),
            "input" => throw new JobInputException("the corpus is too small"),
            _ => throw new ArgumentException("no such tensor"),
        });
        device.Next();
        foreach (var (output, kind, word) in new[]
        {
            ("work", FailureKind.Work, "diverged"), ("world", FailureKind.World, "disk full"),
            ("memory", FailureKind.World, "memory"), ("input", FailureKind.Work, "too small"),
                ("other", FailureKind.Program, "ArgumentException: no such tensor"),
        })
        {
            device.Say(new RunRequest("t", 1, AnyJob(output), null));
            var failed = Assert.IsType<FailedMessage>(device.Next());
            Assert.Equal(kind, failed.Kind);
            Assert.Contains(word, failed.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_failed_GPU_costs_the_attempt_and_ends_the_process_and_a_full_one_does_not()
    {
        // As TorchSharp hands on what libtorch says.
        static Exception Libtorch(string words) => new TorchException(words);
        var message = "CUDA error: an illegal memory access was encountered";
        using var device = new DevicePipes((job, _) => job.Output switch
        {
            "full" => throw Libtorch("CUDA error: out of memory"),
            _ => throw JobFailure.Of(Libtorch(message)),
        });
        device.Next();
        device.Say(new RunRequest("a", 1, AnyJob("full"), null));
        Assert.Equal(FailureKind.World, Assert.IsType<FailedMessage>(device.Next()).Kind);
        device.Say(new RunRequest("b", 1, AnyJob(), null));
        Assert.Equal(new FailedMessage("b", 1, FailureKind.World, message), device.Next());
        Assert.Equal(DeviceHost.GpuFailed, device.ExitCode);
    }

    [Fact]
    public void A_second_job_is_refused_while_one_runs_and_only_the_named_attempt_is_cancelled()
    {
        using var started = new SemaphoreSlim(0);
        using var device = new DevicePipes((_, context) =>
        {
            started.Release();
            context.Cancelled.WaitHandle.WaitOne();
            throw new OperationCanceledException();
        });
        device.Next();
        device.Say(new RunRequest("a", 2, AnyJob(), null));
        started.Wait();
        device.Say(new RunRequest("b", 1, AnyJob(), null));
        var refused = Assert.IsType<FailedMessage>(device.Next());
        Assert.Equal(("b", FailureKind.World), (refused.Trial, refused.Kind));
        device.Say(new CancelRequest("a", 1)); // an older attempt: ignored
        device.Say(new CancelRequest("a", 2));
        Assert.Equal(new CancelledMessage("a", 2), device.Next());
    }

    [Fact]
    public void Threads_are_set_when_told_also_while_a_job_runs()
    {
        using var go = new SemaphoreSlim(0);
        using var device = new DevicePipes((_, context) =>
        {
            go.Wait();
            throw new JobFailedException(FailureKind.Work, "done");
        });
        device.Next();
        device.Say(new RunRequest("a", 1, AnyJob(), null));
        device.Say(new ThreadsRequest(3));
        device.Say(new RunRequest("b", 1, AnyJob(), null));
        Assert.Equal("b", Assert.IsType<FailedMessage>(device.Next()).Trial); // refused, and read after the threads
        Assert.Equal(3, device.Threads);
        go.Release();
        Assert.Equal("a", Assert.IsType<FailedMessage>(device.Next()).Trial);
        device.Say(new ThreadsRequest(0));
        Assert.Equal(DeviceHost.ProtocolFault, device.ExitCode);
    }

    [Fact]
    public void The_end_of_its_input_cancels_the_job_and_ends_the_process()
    {
        using var started = new SemaphoreSlim(0);
        using var device = new DevicePipes((_, context) =>
        {
            started.Release();
            context.Cancelled.WaitHandle.WaitOne();
            context.Checkpointed(5, new ArtifactRef("c", "00", 1));
            throw new OperationCanceledException();
        });
        device.Next();
        device.Say(new RunRequest("a", 1, AnyJob(), null));
        started.Wait();
        device.HangUp();
        Assert.IsType<CheckpointMessage>(device.Next());
        Assert.Equal(new CancelledMessage("a", 1), device.Next());
        Assert.Equal(DeviceHost.Ended, device.ExitCode);
    }

    [Fact]
    public void A_job_that_does_not_stop_is_abandoned()
    {
        using var release = new ManualResetEventSlim();
        using var started = new SemaphoreSlim(0);
        using var device = new DevicePipes((_, _) =>
        {
            started.Release();
            release.Wait();
            return _done;
        }, grace: TimeSpan.Zero);
        device.Next();
        device.Say(new RunRequest("a", 1, AnyJob(), null));
        started.Wait();
        device.Host.Stop();
        Assert.Equal(DeviceHost.JobAbandoned, device.ExitCode);
        release.Set();
    }

    [Fact]
    public void Input_that_is_not_the_protocol_ends_the_process_with_an_error()
    {
        using var device = new DevicePipes((_, _) => _done);
        device.Next();
        device.SayRaw("hello?\n"u8);
        Assert.Equal(DeviceHost.ProtocolFault, device.ExitCode);
    }

    [Fact]
    public void Heartbeats_name_the_running_job_without_its_help()
    {
        using var started = new SemaphoreSlim(0);
        using var device = new DevicePipes((_, context) =>
        {
            started.Release();
            context.Cancelled.WaitHandle.WaitOne();
            throw new OperationCanceledException();
        }, heartbeat: TimeSpan.FromMilliseconds(1));
        device.Say(new RunRequest("a", 3, AnyJob(), null));
        started.Wait();
        DeviceMessage message;
        do message = device.Next();
        while (message is not HeartbeatMessage { Trial: not null });
        Assert.Equal(new HeartbeatMessage("a", 3), message);
    }

    private sealed class TorchException(string words) : ExternalException(words);
}
