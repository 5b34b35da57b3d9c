using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Kernels.Interop;

/// <summary>
/// Loads the library of ModelCore/Native into the global scope, where libtorch finds its allocator if it is loaded later: <see
/// cref="Load"/> comes before the first use of TorchSharp.
/// </summary>
internal static partial class NativeLibraryFile
{
    internal const string Name = "sweeps_native";

    private const string FileName = "libsweeps_native.so";
    private const int Now = 2, Global = 0x100; // of dlopen

    private static readonly Lazy<nint> _library = new(Open);

    static NativeLibraryFile() => NativeLibrary.SetDllImportResolver(
        typeof(NativeLibraryFile).Assembly, static (name, _, _) => name == Name ? _library.Value : 0);

    /// <summary>Loads the library, once; returns its handle.</summary>
    /// <exception cref="DllNotFoundException">it, or the OpenMP runtime that it is linked to, is missing</exception>
    internal static nint Load() => _library.Value;

    private static nint Open()
    {
        // Read by the OpenMP runtime when it is loaded, so it must be in C's environment before that; .NET's own SetEnvironmentVariable
        // does not reach it. Two processes of spinning threads starve each other.
        _ = setenv("OMP_WAIT_POLICY", "passive", 0);
        _ = setenv("GOMP_SPINCOUNT", "0", 0);
        // By it MKL's products have the same bits with any number of threads, and on Intel's and AMD's processors.
        _ = setenv("MKL_CBWR", "AVX2,STRICT", 0);

        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path)) path = Path.Combine(Path.GetDirectoryName(typeof(NativeLibraryFile).Assembly.Location) ?? ".", FileName);
        // libtorch's OpenMP runtime has a file name of its own and the common name inside: loaded first, it serves both.
        foreach (var openMp in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "libgomp*.so*").Order(StringComparer.Ordinal))
            _ = dlopen(openMp, Now | Global);
        var library = dlopen(path, Now | Global);
        return library != 0
            ? library
            : throw new DllNotFoundException(
                $"cannot load {path}: {Marshal.PtrToStringUTF8(dlerror())}. Build again; ops/setup.sh installs what building needs");
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string path, int flags);

    [LibraryImport("libc")]
    private static partial nint dlerror();
}
