using System.Runtime.InteropServices;
using Sweeps.ModelCore.Jobs;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Jobs;

[Collection(TorchCollection.Name)]
public class JobFailureTests
{
    public static TheoryData<Exception, FailureKind> Kinds => new()
    {
        { new IOException("no space left on device"), FailureKind.World },
        { new FileNotFoundException("corpus.json"), FailureKind.World },
        { new UnauthorizedAccessException("read only"), FailureKind.World },
        { new InsufficientMemoryException(), FailureKind.World },
        { new OutOfMemoryOnDeviceException(3, 2, 1), FailureKind.World },
        { new Refusal("CUDA error: device lost"), FailureKind.World },
        { new Refusal("CUDA out of memory. Tried to allocate 2.00 GiB"), FailureKind.World },
        { new TaskException("no task is called 'x'"), FailureKind.Work },
        { new InvalidDataException("line 3"), FailureKind.Work },
        { new JobInputException("the corpus has 3 tokens"), FailureKind.Work },
        { new Refusal("the shapes do not fit"), FailureKind.Program },
        { new ArgumentException("CUDA error"), FailureKind.Program },
        { new ArgumentOutOfRangeException("k"), FailureKind.Program },
        { new InvalidOperationException(), FailureKind.Program },
        { Record.Exception(() => { _ = LengthOf(null!); }), FailureKind.Program }, // a null reference
        { Record.Exception(() => { _ = First([]); }), FailureKind.Program }, // an index out of range
        { new DllNotFoundException("libsweeps_native.so"), FailureKind.Program },
        { new OperationCanceledException("nobody asked"), FailureKind.Program },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_exception_is_the_fault_of_the_work_the_world_or_the_program(Exception e, FailureKind kind)
    {
        Assert.Equal(kind, JobFailure.KindOf(e));
        var failure = JobFailure.Of(e);
        Assert.Equal(kind, failure.Kind);
        Assert.Contains(e.Message, failure.Message, StringComparison.Ordinal);
        Assert.Same(e, failure.InnerException);
    }

    [Theory]
    [InlineData(FailureKind.Work)]
    [InlineData(FailureKind.World)]
    [InlineData(FailureKind.Program)]
    public void A_failure_that_says_whose_fault_it_is_stays_as_it_is(FailureKind kind)
    {
        var failure = new JobFailedException(kind, "diverged", new IOException("disk"));
        Assert.Same(failure, JobFailure.Of(failure));
        Assert.Equal("diverged", JobFailure.Describe(failure));
    }

    [Fact]
    public void A_fault_of_the_program_names_its_type_and_the_innermost_place_in_our_code()
    {
        var e = Record.Exception(() => Outer());
        var text = JobFailure.Describe(e);
        var place = $"{typeof(JobFailureTests).FullName}.{nameof(Inner)}";
        Assert.StartsWith($"{e.GetType().Name}: {e.Message} at {place}", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_of_libtorch_names_who_asked_and_not_what_passed_it_on()
    {
        using var scope = torch.NewDisposeScope();
        var text = JobFailure.Describe(Assert.Throws<ExternalException>(() => torch.zeros(2, 3).mm(torch.zeros(2, 3))));
        Assert.Contains(" at Sweeps.ModelCore.", text, StringComparison.Ordinal);
        Assert.DoesNotContain(" at TorchSharp", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_overrun_of_the_budget_has_its_numbers_and_the_option() =>
        Assert.Matches(
            "^out of memory: 30 bytes asked for with 20 in use: over the memory budget of 40 bytes.*memory_per_device",
            JobFailure.Describe(new OutOfMemoryOnDeviceException(30, 20, 40)));

    [Fact]
    public void A_fault_of_the_work_is_told_without_types_and_places()
    {
        static void Refuse() => throw new JobInputException("the corpus has 3 tokens");
        Assert.Equal("the corpus has 3 tokens", JobFailure.Describe(Record.Exception(Refuse)));
    }

    // As TorchSharp's are; nobody else may make one.
    private sealed class Refusal(string message) : ExternalException(message);

    private static int LengthOf(string text) => text.Length;

    private static int First(int[] numbers) => numbers[0];

    private static int Outer() => Inner("k") + 1;

    private static int Inner(string key) => new Dictionary<string, int>()[key];
}
