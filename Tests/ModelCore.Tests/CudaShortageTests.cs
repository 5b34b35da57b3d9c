using System.Runtime.InteropServices;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.ModelCore.Tests;

/// <summary>What libtorch 2 says of full GPUs, in its words.</summary>
public sealed class CudaShortageTests
{
    private const string Advice =
        " If reserved but unallocated memory is large try setting PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True to " +
        "avoid fragmentation. " +
        " See documentation for Memory Management " +
        " (https://docs.pytorch.org/docs/stable/notes/cuda.html#optimizing-memory-usage-with-pytorch-cuda-alloc-conf)\n" +
        "Exception raised from malloc at /pytorch/c10/cuda/CUDACachingAllocator.cpp:1515 (most recent call " +
        "first):\nframe #0: c10::Error::Error";

    private const string Full =
        "CUDA out of memory. Tried to allocate 130206.04 GiB. GPU 0 has a total capacity of 23.56 GiB of which 16.57 " +
        "GiB is free. Including " +
        "non-PyTorch memory, this process has 6.97 GiB memory in use. Of the allocated memory 5.45 GiB is allocated by " +
        "PyTorch, and 1.17 GiB is " +
        "reserved by PyTorch but unallocated." + Advice;

    private const string FullByAnother =
        "CUDA out of memory. Tried to allocate 1.25 GiB. GPU 1 has a total capacity of 93.02 GiB of which 1.18 GiB is " +
        "free. Process 2752205 has " +
        "91.82 GiB memory in use. Of the allocated memory 90.63 GiB is allocated by PyTorch, and 120.54 MiB is " +
        "reserved by PyTorch but unallocated." +
        Advice;

    private const string FullWithALimit =
        "CUDA out of memory. Tried to allocate 256.00 MiB. GPU 0 has a total capacity of 191.69 GiB of which 0 bytes " +
        "is free. 50.00 GiB allowed; Of " +
        "the allocated memory 9.58 GiB is allocated by PyTorch, and 16.52 MiB is reserved by PyTorch but unallocated." + Advice;

    private const string OverTheLimit =
        "CUDA out of memory. Tried to allocate 996.00 MiB. GPU 0 has a total capacity of 44.43 GiB of which 9.06 GiB " +
        "is free. Process 2102129 has " +
        "17.54 GiB memory in use. Including non-PyTorch memory, this process has 17.81 GiB memory in use. 17.69 GiB " +
        "allowed; Of the allocated " +
        "memory 17.44 GiB is allocated by PyTorch, and 59.88 MiB is reserved by PyTorch but unallocated." + Advice;

    private const string OverTheLimitWithPools =
        "CUDA out of memory. Tried to allocate 76.00 MiB. GPU 2 has a total capacity of 255.69 GiB of which 252.82 GiB " +
        "is free. 1.20 GiB allowed; " +
        "Of the allocated memory 1.14 GiB is allocated by PyTorch, with 17.00 MiB allocated in private pools (e.g., " +
        "CUDA Graphs), and 18.63 MiB " +
        "is reserved by PyTorch but unallocated." + Advice;

    private const string OverTheLimitUnderWsl =
        "CUDA out of memory. Tried to allocate 2.13 GiB. GPU 0 has a total capacity of 8.00 GiB of which 6.10 GiB is " +
        "free. Process 9132 has " +
        "17179869184.00 GiB memory in use. Including non-PyTorch memory, this process has 17179869184.00 GiB memory in " +
        "use. 2.63 GiB allowed; Of " +
        "the allocated memory 954.00 MiB is allocated by PyTorch, and 0 bytes is reserved by PyTorch but unallocated." + Advice;

    [Theory]
    [InlineData(Full, "cuda:0", 130206.04, 5.45 + 1.17, 0)]
    [InlineData(FullByAnother, "cuda:1", 1.25, 90.63 + (120.54 / 1024), 0)]
    [InlineData(FullWithALimit, "cuda:0", 256.0 / 1024, 9.58 + (16.52 / 1024), 0)]
    [InlineData(OverTheLimit, "cuda:0", 996.0 / 1024, 17.44 + (59.88 / 1024), 17.69)]
    [InlineData(OverTheLimitWithPools, "cuda:2", 76.0 / 1024, 1.14 + (18.63 / 1024), 1.20)]
    [InlineData(OverTheLimitUnderWsl, "cuda:0", 2.13, 954.0 / 1024, 2.63)]
    public void The_numbers_of_a_full_gpu_are_read(string said, string device, double asked, double inUse, double budget)
    {
        var shortage = CudaShortage.Of(new Refusal(said));
        Assert.NotNull(shortage);
        Assert.Equal(device, shortage.Device);
        Assert.Equal(asked, InGiB(shortage.Asked), 1e-6);
        Assert.Equal(inUse, InGiB(shortage.InUse), 1e-6);
        Assert.Equal(budget, InGiB(shortage.Budget), 1e-6);
        Assert.Equal(FailureKind.World, JobFailure.KindOf(shortage));
    }

    [Fact]
    public void A_gpu_that_is_full_says_who_has_its_memory_and_nothing_of_where_in_libtorch() =>
        Assert.Equal(
            "out of memory: 1342177280 bytes asked for with 97439616860 in use on cuda:1: GPU 1 has a total capacity of " +
            "93.02 GiB of which " +
            "1.18 GiB is free. Process 2752205 has 91.82 GiB memory in use.",
            JobFailure.Describe(CudaShortage.Of(new Refusal(FullByAnother))!));

    [Fact]
    public void A_device_over_its_fraction_of_a_gpu_says_so_and_names_the_option() =>
        Assert.Matches(
            @"^out of memory: 1044381696 bytes asked for with \d+ in use on cuda:0: over the memory budget of 18994492866 " +
            @"bytes\. .*cuda_memory_fraction",
            JobFailure.Describe(CudaShortage.Of(new Refusal(OverTheLimit))!));

    [Theory]
    [InlineData("CUDA out of memory. Tried to allocate 2.00 GiB")]
    [InlineData("CUDA out of memory.")]
    [InlineData("CUDA error: an illegal memory access was encountered")]
    [InlineData("The size of tensor a (3) must match the size of tensor b (2)")]
    public void What_has_no_numbers_is_left_as_it_is(string said) => Assert.Null(CudaShortage.Of(new Refusal(said)));

    [Theory]
    [InlineData("CUDA error: out of memory\nCUDA kernel errors might be asynchronously reported at some other API call", true)]
    [InlineData("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", true)]
    [InlineData("CUDA error: an illegal memory access was encountered", false)]
    public void Memory_that_cuda_itself_misses_is_a_shortage_too(string said, bool isShortage) =>
        Assert.Equal(isShortage, TorchErrors.IsOutOfMemory(new Refusal(said)));

    private static double InGiB(long bytes) => bytes / (double)(1 << 30);

    // As TorchSharp's are; nobody else may make one.
    private sealed class Refusal(string message) : ExternalException(message);
}
