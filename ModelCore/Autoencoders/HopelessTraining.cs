using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Autoencoders;

/// <summary>
/// Whether a training of an autoencoder is worth its other steps, by what the options bound. Each is judged by itself, at one step, so that
/// neither the other trainings nor time shows in who is stopped.
/// </summary>
internal static class HopelessTraining
{
    /// <summary>Inputs on which the unexplained variance is measured.</summary>
    internal const int Inputs = 8192;

    /// <summary>Why the training ends where it is; null where it goes on.</summary>
    /// <param name="state">of the training</param>
    /// <param name="options">how it is trained</param>
    /// <param name="inputs">gives normalised inputs, (n, d); asked for only at the step that the options name</param>
    internal static AutoencoderStop? Judge(AutoencoderState state, AutoencoderOptions options, Func<Tensor> inputs)
    {
        if (state.Step != options.StopStep) return null;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        var x = inputs();
        var errors = FeatureResampling.Errors(state.Parameters, options, x).Sum(error => (double)error);
        var spread = (x - x.mean([0], keepdim: true)).square().sum(type: ScalarType.Float64).ToDouble();
        // Where nothing varies nothing is left to explain.
        var fvu = spread > 0 ? errors / spread : 0;
        var dead = (double)state.Dead().Length / state.Parameters.Features;
        var (maxFvu, maxDead) = (fvu > options.StopFvu ? options.StopFvu : null, dead > options.StopDead ? options.StopDead : null);
        return maxFvu is null && maxDead is null ? null : new AutoencoderStop(state.Step, fvu, dead, maxFvu, maxDead);
    }
}
