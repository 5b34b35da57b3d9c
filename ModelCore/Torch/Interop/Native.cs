using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace Sweeps.ModelCore.Torch.Interop;

/// <summary>The C functions of ModelCore/Native, one file per subject, and the loading of their library.</summary>
/// <remarks>A function that returns a handle returns 0 on failure, one that returns a status 1; see <see cref="Errors"/>.</remarks>
internal static partial class Native
{
    private const string Library = "sweeps_native";
    private const string FileName = "libsweeps_native.so";

    static Native() => NativeLibrary.SetDllImportResolver(
        typeof(Native).Assembly, static (name, _, _) => name == Library ? s_library.Value : 0);

    private static readonly Lazy<nint> s_library = new(Load);

    private static unsafe nint Load()
    {
        // Read by the OpenMP and OpenBLAS runtimes when they are loaded, so it must be in C's environment before that;
        // .NET's own SetEnvironmentVariable does not reach it. Two pools of spinning threads starve each other.
        _ = setenv("OMP_WAIT_POLICY", "passive", 0);
        _ = setenv("GOMP_SPINCOUNT", "0", 0);

        var path = Path.Combine(AppContext.BaseDirectory, FileName);
        if (!File.Exists(path))
        {
            path = Path.Combine(Path.GetDirectoryName(typeof(Native).Assembly.Location) ?? ".", FileName);
        }

        try
        {
            var library = NativeLibrary.Load(path);
            ((delegate* unmanaged<void>)NativeLibrary.GetExport(library, nameof(sw_install_allocator)))();
            return library;
        }
        catch (DllNotFoundException e)
        {
            throw new DllNotFoundException(
                $"cannot load {path}: it, or libtorch that it is built on, is missing. Run ops/setup.sh (or install the packages " +
                $"libtorch-dev and libopenblas0-openmp) and build again; with LIBTORCH set, that libtorch must still be there. {e.Message}", e);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    internal static string? Text(nint utf8) => Marshal.PtrToStringUTF8(utf8);
}
